# What the program needs and a system does not have: OpenVINO for the CPU, whose plugins lie beside its library, and
# the vision model of tools/setup.sh. Files that are loaded by name are not what the linker sees, so they are listed.
set(openvino_libraries ${OpenVINO_DIR}/../libs)
set(private ${CMAKE_INSTALL_PREFIX}/lib/limitnet)
install(DIRECTORY ${openvino_libraries}/ DESTINATION ${private} COMPONENT program
        FILES_MATCHING
        PATTERN libopenvino.so.*
        PATTERN libopenvino_c.so.*
        PATTERN libopenvino_intel_cpu_plugin.so
        PATTERN libopenvino_onnx_frontend.so.*
        PATTERN libopenvino_tensorflow_lite_frontend.so.*
        PATTERN libtbb.so.*
        PATTERN libtbbmalloc.so.*
        PATTERN libtbbbind_2_5.so.*
        PATTERN libhwloc.so.*)

set(vision_folder ${PROJECT_SOURCE_DIR}/.cache/vision)
install(FILES ${vision_folder}/efficientnet-lite0.onnx ${vision_folder}/efficientnet-lite0.vision
              ${vision_folder}/imagenet-labels.txt
        DESTINATION ${CMAKE_INSTALL_DATADIR}/limitnet/vision COMPONENT program)
