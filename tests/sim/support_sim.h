/* Scenarios with a small model and a small classifier, in a folder of their own. */
#ifndef SUPPORT_SIM_H
#define SUPPORT_SIM_H

#include "cloud/file.h"
#include "sim/report.h"
#include "support_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char folder[] = "/tmp/limitnet-sim-XXXXXX";

/* folder/photos: four photographs of 32x32; folder/model; folder/colours.onnx: says which colour is
 * strongest. */
static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    run_command("mkdir %s/model %s/photos", folder, folder);
    run_command("cp tests/models/random-cifar.lnm %s/model/encoder.lnm", folder);
    run_command("cp tests/onnx/random-cifar-decoder.onnx %s/model/decoder.onnx", folder);
    run_command("cp tests/onnx/random-cifar-eyes.onnx %s/model/eyes.onnx", folder);
    run_command("cp tests/pictures/rocket.png tests/pictures/cat.jpg tests/pictures/coffee.webp "
                "tests/pictures/astronaut.ppm tests/pictures/README.md %s/photos",
                folder);
    run_command("cp tests/onnx/colours-softmax.onnx %s/colours.onnx", folder);
    run_command("printf 'width = 24\\nheight = 16\\n' >%s/colours.vision", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    run_command("rm -r %s", folder);
    return 0;
}

/* Reads a scenario of these lines behind those that name photographs, classifier and, unless the lines name a
 * codec or a model, the small model. */
static inline ln_status read_scenario(ln_scenario *scenario, ln_error *error, const char *camera,
                                      const char *rest)
{
    char path[64];
    snprintf(path, sizeof path, "%s/a.conf", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    const char *model = strstr(camera, "codec = ") || strstr(camera, "model = ") ? "" : "model = ./model\n";
    fprintf(file, "[pictures]\nfolder = photos\nvision = ./colours.onnx\n[camera]\n%s%s\n%s\n", model, camera,
            rest);
    assert_int_equal(fclose(file), 0);
    return ln_scenario_read(scenario, path, error);
}

static inline void run_with(ln_sim *sim, ln_scenario *scenario, const ln_sim_setup *setup, const char *camera,
                            const char *rest)
{
    ln_error error = {0};
    if (read_scenario(scenario, &error, camera, rest) != LN_OK ||
        ln_sim_run(sim, scenario, setup, &error) != LN_OK)
        fail_msg("%s", error.text);
}

static inline void run_scenario(ln_sim *sim, ln_scenario *scenario, FILE *log, const char *camera,
                                const char *rest)
{
    run_with(sim, scenario, &(ln_sim_setup){.log = log}, camera, rest);
}

static inline void end_scenario(ln_sim *sim, ln_scenario *scenario)
{
    ln_sim_close(sim);
    ln_scenario_free(scenario);
}

#endif
