# How tests are built and run, here and in lab/tests.
find_package(PkgConfig REQUIRED)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

# For the sanitizers in programs that load OpenVINO: its thread library must not hide their malloc,
# and what it never frees is not our leak.
set(LN_TEST_ENVIRONMENT "TBB_ENABLE_SANITIZERS=1"
    "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0")

# One program a file. Tests run in the repository's root, so they name pictures and models by
# their path from there.
function(ln_test source)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    set_target_properties(${name} PROPERTIES C_STANDARD 17
                                             RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
    target_compile_definitions(${name} PRIVATE _XOPEN_SOURCE=700)
    target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_link_libraries(${name} PRIVATE ${ARGN} limitnet PkgConfig::CMOCKA m)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${LN_TEST_ENVIRONMENT}")
endfunction()

# A program with the faults of tests/faults: the objects of another one, and what that is linked with.
function(ln_faulty_program name program)
    add_executable(${name} $<TARGET_OBJECTS:${program}>)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
    target_link_libraries(${name} PRIVATE ${ARGN} limitnet-fault)
endfunction()
