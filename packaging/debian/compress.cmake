# Debian's policy (12.1, 12.7): pages, changelogs and long texts are compressed.
file(GLOB_RECURSE long ${CPACK_TEMPORARY_DIRECTORY}/*/man/*.1 ${CPACK_TEMPORARY_DIRECTORY}/*/doc/limitnet/changelog*
     ${CPACK_TEMPORARY_DIRECTORY}/*/doc/limitnet/*.md ${CPACK_TEMPORARY_DIRECTORY}/*/doc/limitnet/*.txt)
execute_process(COMMAND gzip -9n ${long} COMMAND_ERROR_IS_FATAL ANY)
