# Writes the files of schema/ into a C file, as a list that ends with a null pointer: nothing is read at run time.
#
# usage: cmake -DOUTPUT=FILE.c -P schema.cmake FILE.sql...
math(EXPR last "${CMAKE_ARGC} - 1")
set(arrays "")
set(names "")
foreach(at RANGE 4 ${last})
    set(path ${CMAKE_ARGV${at}})
    get_filename_component(name ${path} NAME_WE)
    file(READ ${path} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "static const char sql_${name}[] = {${bytes}0};\n")
    string(APPEND names "sql_${name}, ")
endforeach()
file(WRITE ${OUTPUT} "#include \"service/store/schema.h\"\n\n${arrays}\nconst char *const ln_schema[] = {${names}0};\n")
