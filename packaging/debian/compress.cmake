# Debian's policy (12.1, 12.3, 12.7): pages, changelogs and long texts are compressed.
set(share ${CPACK_TEMPORARY_DIRECTORY}/usr/share)
file(GLOB long ${share}/man/man1/*.1 ${share}/doc/limitnet/changelog* ${share}/doc/limitnet/*.md
     ${share}/doc/limitnet/*.txt)
execute_process(COMMAND gzip -9n ${long} COMMAND_ERROR_IS_FATAL ANY)
