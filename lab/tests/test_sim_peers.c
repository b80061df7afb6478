/* Peers in the simulator: what is shown is what the laboratory measures at the same bytes; packets that are
 * sent again come in order and get through; a gap makes what is behind it worthless where the codec says so.
 */
#include "sim/support_sim.h"

#include "codecs/codec.h"
#include "codecs/peer_code.h"
#include "codecs/sim_codecs.h"

#include <unistd.h>

#define HEADER 2 /* bytes of each packet of a stream */
#define STREAM "[network]\nname = stream\npayload = 100\nrate = 20 kbit/s\n"
#define HOUR "[scenario]\nduration = 1 h\ntimes = 1 s, 10 min\n"
#define ONE "[scenario]\nduration = 10 min\ntimes = 1 s, 10 min\n"

/* The learned peers of the tests lie in the repository, and scenarios name paths from their own folder. */
static char learned[3][256];
enum { RANDOM, RASTER, WHOLE };

static int make_peers(void **state)
{
    static const char *const names[] = {"random", "raster", "whole"};
    char here[128];
    assert_non_null(getcwd(here, sizeof here));
    for (size_t i = 0; i < 3; i++)
        snprintf(learned[i], sizeof learned[i], "learned:%s/lab/tests/peers/%s", here, names[i]);
    return make_folder(state);
}

static void run_peer(ln_sim *sim, ln_scenario *scenario, FILE *log, const char *codec, const char *camera,
                     const char *rest)
{
    char lines[512];
    const ln_sim_setup setup = {.codecs = &ln_lab_sim_codecs, .log = log};
    snprintf(lines, sizeof lines, "codec = %s\ninterval = 10 min\n%s", codec, camera);
    run_with(sim, scenario, &setup, lines, rest);
}

/* What the laboratory receives of a photograph within so many bytes, without headers of a stream. */
static ln_picture measured(const char *codec_name, const char *path, size_t payload, size_t bytes)
{
    const ln_codec_settings settings = {.mtu = {payload}};
    ln_picture photo, picture, received;
    ln_codec codec;
    ln_delivery delivery = {.way = LN_WAY_CUT, .budget = bytes};
    assert_int_equal(ln_codec_open(&codec, codec_name, &settings, NULL), LN_OK);
    assert_int_equal(ln_picture_read(&photo, path, NULL), LN_OK);
    assert_int_equal(ln_picture_resize(&photo, codec.width, codec.height, LN_FIT_STRETCH, &picture, NULL),
                     LN_OK);
    assert_int_equal(ln_picture_make(&received, codec.width, codec.height, NULL), LN_OK);
    assert_int_equal(codec.kind->encode(&codec, &picture, 0, &delivery.stream, NULL), LN_OK);
    assert_int_equal(codec.kind->receive(&codec, &delivery, 1, received.rgb, NULL), LN_OK);
    if (delivery.nothing)
        memset(received.rgb, 128, (size_t)3 * received.width * received.height);
    codec.kind->forget(delivery.stream);
    ln_codec_close(&codec);
    ln_picture_free(&picture);
    ln_picture_free(&photo);
    return received;
}

static ln_class seen(const ln_sim *sim, const ln_picture *picture)
{
    ln_class best;
    assert_int_equal(ln_vision_classify(sim->outcomes.vision, picture, 1, LN_FIT_STRETCH, 1, &best, NULL),
                     LN_OK);
    return best;
}

static const char *path_of(const ln_sim *sim, size_t shot)
{
    return sim->photos.items[sim->shot[shot].photo].path;
}

static void assert_step_shows(const ln_sim *sim, const ln_strip_step *step, const ln_picture *picture)
{
    ln_class best = seen(sim, picture);
    assert_int_equal(step->picture.width, picture->width);
    assert_memory_equal(step->picture.rgb, picture->rgb, (size_t)3 * picture->width * picture->height);
    assert_int_equal(step->best.index, best.index);
}

/* ---- Without loss ---------------------------------------------------------------------------- */

/* Each step of the strip, and the class of each picture, with all packets or as many as fit into 1 s. */
static void assert_as_measured(const char *codec, const char *camera, int has_header)
{
    ln_sim sim;
    ln_scenario scenario;
    run_peer(&sim, &scenario, NULL, codec, camera, HOUR STREAM);
    assert_int_equal(sim.shots, 6);
    assert_true(sim.strip.count > 5);
    for (size_t i = has_header ? 0 : sim.strip.count - 1; i < sim.strip.count; i++) {
        const ln_strip_step *step = &sim.strip.step[i];
        size_t bytes = has_header ? step->bytes - HEADER * step->packets : SIZE_MAX;
        ln_picture picture = measured(codec, path_of(&sim, sim.strip.shot), 100, bytes);
        assert_step_shows(&sim, step, &picture);
        ln_picture_free(&picture);
    }
    for (size_t i = 0; i < sim.shots; i++) {
        const ln_sim_shot *shot = &sim.shot[i];
        size_t bytes = has_header ? shot->arrived_bytes - HEADER * shot->arrived : SIZE_MAX;
        ln_picture picture = measured(codec, path_of(&sim, i), 100, bytes);
        assert_int_equal(shot->answer.index, seen(&sim, &picture).index);
        assert_int_equal(shot->arrived, shot->sent);
        ln_picture_free(&picture);
    }
    end_scenario(&sim, &scenario);
}

static void without_loss_peers_show_what_is_measured_at_the_same_bytes(void **state)
{
    static const char all[] = "airtime a picture = all", some[] = "airtime a picture = 1 s";
    (void)state;
    assert_as_measured("pjpeg", all, 1);
    assert_as_measured("pjpeg", some, 1);
    assert_as_measured("jpeg2000", some, 1);
    assert_as_measured(learned[RASTER], some, 1);
    assert_as_measured(learned[RANDOM], all, 0);
}

/* ---- Losses ---------------------------------------------------------------------------------- */

/* After each of the steps, the packets that came are the first ones of the file: else the picture would be
 * another. */
static void packets_that_are_sent_again_come_in_order_and_get_through(void **state)
{
    ln_sim sim;
    ln_scenario scenario;
    char *log;
    size_t size, sent = 0, arrived = 0;
    FILE *file = open_memstream(&log, &size);
    (void)state;
    run_peer(&sim, &scenario, file, "pjpeg", "airtime a picture = all\nretransmission = yes",
             HOUR STREAM "repeats = 3\n[link]\nloss = 0.5\n");
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < sim.strip.count; i++) {
        const ln_strip_step *step = &sim.strip.step[i];
        ln_picture picture =
            measured("pjpeg", path_of(&sim, sim.strip.shot), 100, step->bytes - HEADER * step->packets);
        assert_step_shows(&sim, step, &picture);
        ln_picture_free(&picture);
    }
    for (size_t i = 0; i < sim.shots; i++) {
        assert_int_equal(sim.shot[i].arrived, sim.photos.items[sim.shot[i].photo].packets.count);
        sent += sim.shot[i].sent;
        arrived += sim.shot[i].arrived;
    }
    /* Of three copies, one arrives in seven of eight cases; and what has arrived is not sent again. */
    assert_true((double)sent > 1.1 * (double)arrived && (double)sent < 1.2 * (double)arrived);
    assert_int_equal(sim.frames[LN_FATE_AGAIN], 0);
    assert_null(strstr(log, "again"));
    free(log);
    end_scenario(&sim, &scenario);
}

/* Packets 1, 2 and from the fourth on arrive. Without the third, a file shows what the first two hold;
 * symbols that are packed alone show all but those of the third. */
static void behind_a_gap_a_file_is_worthless_and_packets_that_stand_alone_are_not(void **state)
{
    static const char rest[] = "[scenario]\nduration = 10 min\ntimes = 100 ms, 200 ms, 400 ms, 1 s\n" STREAM
                               "[link]\ntrace = trace.csv\n";
    const char *const codecs[] = {"pjpeg", learned[RASTER], learned[RANDOM]};
    (void)state;
    run_command("(echo arrived; echo 1; echo 1; echo 0; yes 1 | head -2000) >%s/trace.csv", folder);
    for (size_t i = 0; i < 3; i++) {
        ln_sim sim;
        ln_scenario scenario;
        run_peer(&sim, &scenario, NULL, codecs[i], "airtime a picture = all", rest);
        const ln_packets *packets = &sim.photos.items[sim.shot[0].photo].packets;
        const ln_strip_step *last = &sim.strip.step[sim.strip.count - 1];
        assert_true(packets->count > 10 && sim.shot[0].arrived == packets->count - 1);
        ln_picture two = measured(codecs[i], path_of(&sim, 0), 100, 2 * (100 - HEADER));
        ln_picture all = measured(codecs[i], path_of(&sim, 0), 100, SIZE_MAX);
        size_t bytes = (size_t)3 * two.width * two.height, wrong = 0;
        for (size_t k = 0; k < bytes; k++)
            wrong += last->picture.rgb[k] != all.rgb[k];
        if (i == 2)
            assert_true(wrong > 0 && wrong < 2 * bytes / packets->count);
        else
            assert_step_shows(&sim, last, &two);
        /* Whatever comes behind the gap is one and the same picture, which is looked at once. */
        assert_true(sim.outcomes.asked >= 4);
        assert_int_equal(sim.outcomes.count, i == 2 ? sim.outcomes.asked : 1);
        ln_picture_free(&two);
        ln_picture_free(&all);
        end_scenario(&sim, &scenario);
    }
}

/* ---- Budgets --------------------------------------------------------------------------------- */

/* 20 kbit/s are 2,500 bytes in a second. At a deadline, one frame may be on air. */
static void airtime_and_deadline_end_a_picture(void **state)
{
    static const char *const cameras[] = {"airtime a picture = 1 s",
                                          "airtime a picture = all\ndeadline = 990 ms"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ln_sim sim;
        ln_scenario scenario;
        run_peer(&sim, &scenario, NULL, "pjpeg", cameras[i], "[scenario]\nduration = 1 h\n" STREAM);
        for (size_t k = 0; k < sim.shots; k++)
            assert_in_range(sim.shot[k].sent_bytes, 2400, 2500 + 100 * i);
        assert_in_range(sim.frames[LN_FATE_LATE], 0, i * sim.shots);
        end_scenario(&sim, &scenario);
    }
}

static void limits_hold_and_a_new_picture_takes_the_place_of_the_old(void **state)
{
    ln_sim sim;
    ln_scenario scenario;
    ln_sim_totals totals;
    static const char camera[] =
        "count = 3\ndeadline = 30 min\nretransmission = yes\nairtime a picture = all";
    (void)state;
    run_peer(&sim, &scenario, NULL, "pjpeg", camera,
             "[scenario]\nduration = 6 h\n[network]\nname = eu868\ndata rate = 3\nairtime a day = 60 s\n"
             "[link]\nloss = 0.3\n[gateway]\nchannels = 1\ndeaf = yes\n[feedback]\nstop = 0.9\n");
    assert_int_equal(ln_sim_sum(&sim, &totals, NULL), LN_OK);
    assert_true(totals.most_hour_us <= ln_sim_hour_limit(&scenario) && totals.most_hour_us > 30000000);
    assert_true(totals.most_day_us <= ln_sim_day_limit(&scenario) && totals.most_day_us > 55000000);
    assert_true(totals.arrived < totals.sent && totals.arrived > 0);
    for (size_t i = 0; i < sim.shots; i++) {
        const ln_sim_shot *shot = &sim.shot[i];
        assert_true(shot->closed && !shot->packet_arrived && shot->arrived <= shot->sent);
        /* The next picture comes after 10 min, long before the deadline. */
        assert_true(!shot->first_us || shot->first_us < shot->taken_us + 600 * UINT64_C(1000000) + 5000000);
    }
    end_scenario(&sim, &scenario);
}

static void a_service_that_is_sure_stops_a_peer(void **state)
{
    ln_sim sim;
    ln_scenario scenario;
    ln_sim_totals totals;
    (void)state;
    run_peer(&sim, &scenario, NULL, "pjpeg", "airtime a picture = all",
             HOUR "[network]\nname = us915\ndata rate = 3\n[feedback]\nstop = 0.01\n");
    assert_int_equal(ln_sim_sum(&sim, &totals, NULL), LN_OK);
    assert_int_equal(totals.stopped, 6);
    assert_int_equal(totals.sent, 12); /* the answer to the first packet goes out behind the second */
    end_scenario(&sim, &scenario);
}

/* ---- Refused --------------------------------------------------------------------------------- */

static void assert_refused(const char *codec, const char *part)
{
    ln_sim sim;
    ln_scenario scenario;
    ln_error error = {0};
    char camera[512];
    snprintf(camera, sizeof camera, "codec = %s\ninterval = 10 min", codec);
    assert_int_equal(read_scenario(&scenario, &error, camera, ONE STREAM), LN_OK);
    assert_int_not_equal(ln_sim_run(&sim, &scenario, &(ln_sim_setup){.codecs = &ln_lab_sim_codecs}, &error),
                         LN_OK);
    if (!strstr(error.text, part) || strchr(error.text, '\n'))
        fail_msg("'%s' lacks '%s'", error.text, part);
    ln_scenario_free(&scenario);
}

static void codecs_that_cannot_be_sent_packet_by_packet_are_refused(void **state)
{
    (void)state;
    assert_refused("jpeg", "'jpeg' cannot be sent packet by packet");
    assert_refused("pjpeg-bare", "'pjpeg-bare' cannot be sent");
    assert_refused("original", "'original' cannot be sent");
    assert_refused("limitnet:pyramid-224", "'limitnet:pyramid-224' cannot be sent");
    assert_refused(learned[WHOLE], "whole' cannot be sent");
    assert_refused("learned:nothing-here", "no peer 'nothing-here'");
    assert_refused("jpg", "there is no codec 'jpg'; the codecs are:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_loss_peers_show_what_is_measured_at_the_same_bytes),
        cmocka_unit_test(packets_that_are_sent_again_come_in_order_and_get_through),
        cmocka_unit_test(behind_a_gap_a_file_is_worthless_and_packets_that_stand_alone_are_not),
        cmocka_unit_test(airtime_and_deadline_end_a_picture),
        cmocka_unit_test(limits_hold_and_a_new_picture_takes_the_place_of_the_old),
        cmocka_unit_test(a_service_that_is_sure_stops_a_peer),
        cmocka_unit_test(codecs_that_cannot_be_sent_packet_by_packet_are_refused),
    };
    return cmocka_run_group_tests(tests, make_peers, remove_folder);
}
