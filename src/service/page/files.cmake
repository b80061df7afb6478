# Writes page.css and page.js into a C file, as strings: nothing is read at run time.
#
# usage: cmake -DOUTPUT=FILE.c -P files.cmake FILE...
math(EXPR last "${CMAKE_ARGC} - 1")
set(arrays "")
foreach(at RANGE 4 ${last})
    get_filename_component(name ${CMAKE_ARGV${at}} NAME)
    string(REPLACE "." "_" name ${name})
    file(READ ${CMAKE_ARGV${at}} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "const char ln_${name}[] = {${bytes}0};\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"service/page/page_files.h\"\n\n${arrays}")
