# The Debian package (`make deb`): the program as a service, its pages, models, OpenVINO and the vision model.
set(debian ${CMAKE_CURRENT_SOURCE_DIR}/debian)
set(pages ${CMAKE_INSTALL_DOCDIR})
file(GLOB notices ${PROJECT_SOURCE_DIR}/.cache/venv/lib/python3.*/site-packages/openvino-*/licenses/licensing/*.txt)

# unit NAME ABOUT ARGUMENTS VARIABLES: the service, or one of several processes
function(unit NAME ABOUT ARGUMENTS VARIABLES)
    configure_file(systemd/limitnet.service.in ${NAME}.service @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${NAME}.service DESTINATION /lib/systemd/system COMPONENT program)
endfunction()
unit(limitnet "" "--config /etc/limitnet/serve.conf" "")
unit(limitnet@ " (%i)" "--roles \${ROLES} --config \${CONFIG}"
     "# ROLES=ingest or others; CONFIG=FILE for other settings.
Environment=CONFIG=/etc/limitnet/serve.conf
EnvironmentFile=/etc/limitnet/%i.env
")

install(FILES ${debian}/serve.conf DESTINATION /etc/limitnet COMPONENT program
        PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
install(FILES serve.conf DESTINATION ${pages}/examples COMPONENT program)
install(FILES grafana/limitnet.json DESTINATION ${pages}/examples/grafana COMPONENT program)
install(FILES prometheus/limitnet.yml DESTINATION ${pages}/examples/prometheus COMPONENT program)
install(FILES ${debian}/copyright ${notices} ${PROJECT_SOURCE_DIR}/docs/SERVICE.md ${PROJECT_SOURCE_DIR}/docs/OPERATING.md
        DESTINATION ${pages} COMPONENT program)
install(FILES ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION ${pages} RENAME changelog COMPONENT program)
install(FILES ${debian}/lintian-overrides DESTINATION share/lintian/overrides RENAME limitnet COMPONENT program)

set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
string(TIMESTAMP changelog_time "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(${debian}/changelog.in changelog.Debian @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian DESTINATION ${pages} COMPONENT program)

set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};limitnet;program;/")
set(CPACK_SET_DESTDIR ON) # for /etc and /lib
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${debian}/compress.cmake)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The LimitNet in C maintainers <maintainers@limitnet.invalid>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "pictures from weak cameras over weak links, with alarms")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Takes frames of cameras from LoRaWAN, Sigfox, NB-IoT and satellite networks,
reconstructs the pictures from whatever arrived, shows them to a vision model,
and raises alarms by mail, Telegram, MQTT and webhooks.

The package holds OpenVINO's runtime for the CPU, and EfficientNet-Lite0.")
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "mosquitto, postgresql, sqlite3")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${openvino_libraries})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${debian}/postinst ${debian}/prerm ${debian}/postrm ${debian}/conffiles)
set(CPACK_DEBIAN_COMPRESSION_TYPE gzip) # xz saves a sixth, and takes minutes
include(CPack)
