# Stands in for Zephyr: just those of its functions that the module and its sample call, for this machine. The sample's own
# CMakeLists.txt is what is configured.
enable_language(C)
set(ZEPHYR_BINARY_DIR ${CMAKE_BINARY_DIR}/zephyr)
file(STRINGS ${CMAKE_SOURCE_DIR}/prj.conf settings REGEX "=y$")
foreach(setting IN LISTS settings)
    string(REGEX REPLACE "=y$" "" setting ${setting})
    set(${setting} y)
endforeach()

add_library(zephyr_interface INTERFACE)
target_include_directories(zephyr_interface INTERFACE ${CMAKE_CURRENT_LIST_DIR}
                                                      ${ZEPHYR_BINARY_DIR}/include/generated)
add_executable(app)
target_link_libraries(app PRIVATE zephyr_interface)

function(zephyr_include_directories folder)
    target_include_directories(zephyr_interface INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
endfunction()

macro(zephyr_library_named name)
    set(ZEPHYR_CURRENT_LIBRARY ${name})
    add_library(${name} STATIC "")
    target_link_libraries(${name} PUBLIC zephyr_interface)
    target_link_libraries(app PRIVATE ${name})
endmacro()

function(zephyr_library_sources)
    target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()

function(zephyr_library_include_directories)
    target_include_directories(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGN})
endfunction()

function(generate_inc_file_for_target target source generated)
    file(READ ${source} numbers HEX)
    string(REGEX REPLACE "(..)" "0x\\1," numbers ${numbers})
    file(WRITE ${generated} ${numbers})
endfunction()

foreach(module IN LISTS EXTRA_ZEPHYR_MODULES)
    file(STRINGS ${module}/zephyr/module.yml folder REGEX "^  cmake: ")
    string(REPLACE "  cmake: " "" folder ${folder})
    add_subdirectory(${module}/${folder} modules)
endforeach()
