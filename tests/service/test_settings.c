/* The settings of the service: what is understood, and one line for each mistake. */
#include "service/settings/settings.h"

#include "faults/fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/settings-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int begin(void **unused)
{
    (void)unused;
    if (!mkdtemp(folder))
        return -1;
    write_file("secret", "from a file\n");
    write_file("two-lines", "one\ntwo\n");
    write_file("empty", "\n");
    write_file("labels.txt", "red fox\ntabby\n");
    return setenv("SECRET", "from the environment", 1) | setenv("NOTHING", "", 1) | unsetenv("NO_VARIABLE");
}

static int end(void **unused)
{
    (void)unused;
    static const char *const names[] = {"secret", "two-lines", "empty", "labels.txt", "a.conf"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(path_of(names[i]));
    return rmdir(folder);
}

static ln_status read_text(ln_service_settings *settings, const char *text, ln_error *error)
{
    write_file("a.conf", text);
    return ln_service_settings_read(settings, path_of("a.conf"), error);
}

/* What every file here begins with: 6 lines. */
#define HEAD "[service]\nstore = x.db\n[source a]\nkind = webhook\nform = sigfox\nsecret = s\n"

/* ---- What is understood ---------------------------------------------------------------------- */

static void test_least(void **unused)
{
    (void)unused;
    ln_service_settings s;
    ln_error error;
    char store[64];
    snprintf(store, sizeof store, "%s/x.db", folder);
    assert_int_equal(read_text(&s, HEAD, &error), LN_OK);
    assert_string_equal(s.store, store);
    assert_string_equal(s.model, "pyramid-224");
    assert_string_equal(s.zone, "UTC");
    assert_string_equal(s.listen, "127.0.0.1");
    assert_null(s.vision);
    assert_true(s.idle == 3600000 && s.deadline == 3600000 && s.late == 10000 && s.batch == 8);
    assert_true(s.workers == 1 && s.port == 0 && s.web_port == 8080 && s.metrics_port == 0);
    assert_true(s.sure == UINT64_MAX && s.hints == 0);
    assert_true(s.age == 0 && s.disk == 0 && s.keep_alarms == 1 && s.log == LN_LOG_INFO);
    assert_int_equal(s.source_count, 1);
    assert_string_equal(s.sources[0].name, "a");
    assert_string_equal(s.sources[0].form_name, "sigfox");
    assert_true(s.rule_count == 0 && s.target_count == 0);
    ln_service_settings_free(&s);
    ln_service_settings_free(&s);
}

static void test_hints(void **unused)
{
    (void)unused;
    ln_service_settings s;
    ln_error error;
    assert_int_equal(read_text(&s, "[service]\nhints = yes\n" HEAD, &error), LN_OK);
    assert_true(s.hints == 1 && s.hints_a_day == 10 && s.hint_port == 2 && s.sure == UINT64_MAX);
    ln_service_settings_free(&s);
}

static const char everything[] =
    "[service]\nstore = postgresql://me:password@db.example.org/x?y\nmodel = mine/model\n"
    "vision = v.onnx\nlabels = labels.txt\ntime zone = Europe/Berlin\nidle = 5 min\ndeadline = 2 h\n"
    "late = 1 min\nport = 2\nbatch = 4\nworkers = 3\nsure = 0.6\nhints = yes\nhints a day = 4\n"
    "hint port = 9\n"
    "[source lora]\nkind = mqtt\nform = chirpstack-protobuf\nurl = mqtts://b:8883\nuser = u\n"
    "password = $SECRET\nca file = ca.pem\nconnections = 4\n"
    "[source ttn]\nkind = mqtt\nform = the-things-stack\nurl = mqtt://c\npassword file = secret\nuser = u\n"
    "topic = v3/x/up\nclient id = me\nshare = us\n"
    "[source  sea]\nkind = webhook\nform = short-burst\nsecret = pa$$w;ord#\n"
    "[rule fox]\nkind = seen\nclasses = red fox, 281\nscore = 0.75\nlooks = 2\nzone = 0, 0.5, 1, 1\n"
    "hours = 21:30-05:00\ncooldown = 1 h\ndevices = a/*, 01*\ntargets = hook, tele\n"
    "[rule quiet]\nkind = silent\nsilent after = 6 h\n[rule low]\nkind = battery\nbattery below = 20 %\n"
    "[target hook]\nkind = webhook\nurl = https://h/x?key=1\nsecret file = secret\npicture = no\n"
    "[target tele]\nkind = telegram\ntoken = 12:Ab-c_\nchat = -1\n"
    "[target post]\nkind = mail\nurl = smtps://m\nfrom = a@b.c\nto = d@e.f, g@h.i\nuser = u\n"
    "password = ${SECRET}\n"
    "[target bus]\nkind = mqtt\nurl = mqtt://b\ntopic = limitnet/alarms\n"
    "[retention]\nage = 90 d\nalarms age = 365 d\ndisk = 20 GB\n"
    "[web]\nlisten = ::\nport = 80\nmetrics port = 9000\n[log]\nlevel = debug\n";

static void test_all(void **unused)
{
    (void)unused;
    ln_service_settings s;
    ln_error error = {0};
    ln_status status = read_text(&s, everything, &error);
    if (status != LN_OK)
        fail_msg("%s", error.text);
    assert_string_equal(s.store, "postgresql://me:password@db.example.org/x?y");
    assert_true(s.idle == 300000 && s.deadline == 7200000 && s.late == 60000 && s.port == 2);
    assert_true(s.sure == 600000 && s.hints == 1 && s.hints_a_day == 4 && s.hint_port == 9);
    assert_true(s.batch == 4 && s.workers == 3 && s.disk == UINT64_C(20000000000));
    assert_true(s.age == 90 * UINT64_C(86400000) && s.alarms_age == 365 * UINT64_C(86400000));
    assert_int_equal(s.source_count, 3);
    assert_string_equal(s.sources[0].topic, "application/+/device/+/event/up");
    assert_string_equal(s.sources[0].client, "limitnet-lora");
    assert_true(s.sources[0].connections == 4 && s.sources[1].connections == 1);
    assert_string_equal(s.sources[0].share, "limitnet-lora");
    assert_string_equal(s.sources[1].share, "us");
    assert_string_equal(s.sources[0].password, "from the environment");
    assert_string_equal(s.sources[1].password, "from a file");
    assert_string_equal(s.sources[1].topic, "v3/x/up");
    assert_string_equal(s.sources[2].name, "sea");
    assert_string_equal(s.sources[2].secret, "pa$$w;ord#");
    const ln_rule *fox = &s.rules[0];
    assert_true(fox->class_count == 2 && strcmp(fox->classes[0], "red fox") == 0 &&
                strcmp(fox->classes[1], "281") == 0);
    assert_true(fox->score == 750000 && fox->looks == 2 && fox->pictures == 0 && fox->cooldown == 3600000);
    assert_true(fox->zone[0] == 0 && fox->zone[1] == 500000 && fox->zone[3] == 1000000);
    assert_true(fox->from == 21 * 60 + 30 && fox->to == 300);
    assert_true(fox->device_count == 2 && fox->target_count == 2);
    assert_true(s.rules[1].silent == 6 * 3600000 && s.rules[2].battery == 20);
    assert_string_equal(s.targets[0].secret, "from a file");
    assert_true(s.targets[0].picture == 0 && s.targets[1].picture == 1);
    assert_string_equal(s.targets[1].url, "https://api.telegram.org");
    assert_true(s.targets[2].to_count == 2 && strcmp(s.targets[2].to[1], "g@h.i") == 0);
    assert_ptr_equal(ln_service_settings_target(&s, "bus"), &s.targets[3]);
    assert_null(ln_service_settings_target(&s, "bu"));
    ln_service_settings_free(&s);
}

/* What is printed can be read again, and says the same. No secret is in it. */
static void test_print(void **unused)
{
    (void)unused;
    static const char *const secrets[] = {"from", "hunter2", "key=1", "me:", "pw", "12:Ab"};
    ln_service_settings s;
    ln_error error = {0};
    ln_text first = {0}, second = {0};
    assert_int_equal(read_text(&s,
                               "[service]\nstore = postgresql://me:pw@db.example.org/x?y\n"
                               "[source l]\nkind = mqtt\nform = chirpstack\nurl = mqtts://b:8883\nuser = u\n"
                               "password = $SECRET\n"
                               "[rule fox]\nkind = seen\nzone = 0, 0.25, 1, 1\ntargets = hook, tele\n"
                               "cooldown = 90 min\n"
                               "[target hook]\nkind = webhook\nurl = https://h/x?key=1\nsecret = hunter2\n"
                               "[target tele]\nkind = telegram\ntoken = 12:Ab-c_\nchat = -1\n"
                               "[retention]\ndisk = 1500 MB\n"
                               "[privacy]\npeople = blur\npeople classes = person, rider\n"
                               "[project]\ntitle = Foxes\nsampling design = targeted\n"
                               "[camera l/0102]\nlatitude = -48.5\nlongitude = 11\nplace = at the pond\n"
                               "[species red fox]\nscientific name = Vulpes vulpes\n",
                               &error),
                     LN_OK);
    ln_service_settings_print(&first, &s);
    ln_service_settings_free(&s);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        assert_null(strstr(first.bytes, secrets[i]));
    assert_non_null(strstr(first.bytes, "store = postgresql://db.example.org/...\n"));
    assert_non_null(strstr(first.bytes, "url = https://h/...\n"));
    assert_non_null(strstr(first.bytes, "secret = (not shown)\n"));
    assert_non_null(strstr(first.bytes, "zone = 0, 0.25, 1, 1\n"));
    assert_non_null(strstr(first.bytes, "cooldown = 90 min\n"));
    assert_non_null(strstr(first.bytes, "disk = 1500 MB\n"));
    assert_non_null(
        strstr(first.bytes, "people = blur\npeople classes = person, rider\npeople score = 0.3\n"));
    assert_non_null(strstr(first.bytes, "sampling design = targeted\n"));
    assert_non_null(strstr(first.bytes, "[camera l/0102]\nlatitude = -48.5\nlongitude = 11\n"));
    assert_non_null(strstr(first.bytes, "[species red fox]\nscientific name = Vulpes vulpes\n"));
    for (char *at; (at = strstr(first.bytes, "(not shown)"));) /* a token has no blanks */
        memcpy(at, "_not_shown_", 11);
    if (read_text(&s, first.bytes, &error) != LN_OK)
        fail_msg("%s", error.text);
    ln_service_settings_print(&second, &s);
    for (char *at; (at = strstr(second.bytes, "(not shown)"));)
        memcpy(at, "_not_shown_", 11);
    assert_string_equal(first.bytes, second.bytes);
    ln_service_settings_free(&s);
    free(first.bytes);
    free(second.bytes);
}

/* ---- Mistakes -------------------------------------------------------------------------------- */

#define SEEN HEAD "[rule r]\nkind = seen\n"
#define HOOK HEAD "[target t]\nkind = webhook\n"
#define TELE HEAD "[target t]\nkind = telegram\n"
#define MAIL HEAD "[target t]\nkind = mail\nfrom = a@b\nto = c@d\n"
#define MQTT "[service]\nstore = x.db\n[source a]\nkind = mqtt\nform = chirpstack\n"

static const struct {
    const char *text, *message;
} mistakes[] = {
    {"", "a.conf:1: store: is needed in [service]"},
    {"[service]\nstore = x.db\nhints a day = 4\n",
     "a.conf:3: hints a day: means nothing without 'hints = yes'"},
    {"[service]\nstore = x.db\nhints = no\nhint port = 4\n", "a.conf:4: hint port: means nothing without"},
    {"[service]\nstore = x.db\nhints = yes\nhint port = 224\n", "a.conf:4: hint port: '224'"},
    {"[service]\nstore = x.db\nsure = 1.5\n", "a.conf:3: sure: '1.5'"},
    {"[service]\nstore = x.db\n", "a.conf: has no [source NAME]"},
    {HEAD "[privacy]\npeople = hide\n", "a.conf:8: people: 'hide'"},
    {HEAD "[privacy]\npeople classes = person\n", "a.conf:8: people classes: means nothing without"},
    {HEAD "[privacy]\npeople = keep\npeople score = 0.4\n", "a.conf:9: people score: means nothing without"},
    {HEAD "[project]\ncapture method = film\n", "a.conf:8: capture method: 'film'"},
    {HEAD "[camera a/1]\nlatitude = 1\n", "a.conf:7: longitude: is needed in [camera SOURCE/NAME]"},
    {HEAD "[camera a/1]\nlatitude = 90.1\nlongitude = 1\n", "a.conf:8: latitude: is no decimal degrees"},
    {HEAD "[camera a/1]\nlatitude = 1\nlongitude = nan\n", "a.conf:9: longitude: is no decimal degrees"},
    {HEAD "[camera a/1]\nlatitude = 1\nlongitude = 1 E\n", "a.conf:9: longitude: is no decimal degrees"},
    {HEAD "[camera a1]\nlatitude = 1\nlongitude = 1\n", "a.conf:7: [camera a1]: is no SOURCE/NAME"},
    {HEAD "[camera]\nlatitude = 1\n", "a.conf:7: [camera]: the name is missing"},
    {HEAD "[species red fox]\n[species red fox]\n", "a.conf:8: [species red fox] was begun in line 7"},
    {HEAD "[species red fox]\n", "a.conf:7: scientific name: is needed"},
    {"store = x\n", "a.conf:1: 'store' stands before the first [section]"},
    {"[service]\nstore = mysql://h/x\n", "a.conf:2: store: is neither"},
    {"[service]\nstore = $NO_VARIABLE\n", "a.conf:2: store: the environment has no such variable"},
    {"[service]\nstore = postgresql://u:x$hunter2@h/d\n", "a.conf:2: store: the environment has no such"},
    {HEAD "[service]\nvision = $NO_VARIABLE\n", "a.conf:8: the environment has no variable 'NO_VARIABLE'"},
    {"[service]\nstore = $NOTHING\n", "a.conf:2: store: is needed"},
    {HEAD "[service]\nstore = y.db\n", "a.conf:8: 'store' was given in line 2 already"},
    {HEAD "[services]\nidle = 1 h\n", "a.conf:8: there is no section [services]: docs/SERVICE.md"},
    {HEAD "[service]\nidel = 1 h\n", "a.conf:8: [service] has no setting 'idel': docs/SERVICE.md"},
    {HEAD "[service]\nidle = 0 s\n", "a.conf:8: idle: '0 s' is no time from 1 to 2592000 s"},
    {HEAD "[service]\nport = 224\n", "a.conf:8: port: '224' is no whole number from 0 to 223"},
    {HEAD "[service]\ntime zone = Europe/Berlim\n", "a.conf:8: time zone: is no zone"},
    {HEAD "[service]\ntime zone = ../zoneinfo/UTC\n", "a.conf:8: time zone: is no zone"},
    {HEAD "[service]\ntime zone = Europe\n", "a.conf:8: time zone: is no zone"},
    {HEAD "[service]\nlabels = gone.txt\n", "gone.txt"},
    {HEAD "[service]\nlabels = labels.txt\n[rule r]\nkind = seen\nclasses = 7, red fo\n",
     "a.conf:11: classes: 'red fo' is no label"},
    {HEAD "[web]\nlisten = localhost\n", "a.conf:8: listen: is no address"},
    {HEAD "[web]\nport = 65536\n", "a.conf:8: port: '65536' is no"},
    {HEAD "[web]\nmetrics port = 8080\n", "a.conf:8: metrics port: is the page's port already"},
    {HEAD "[retention]\ndisk = 20\n", "a.conf:8: disk: '20' is no size"},
    {HEAD "[retention]\nkeep alarms = no\nalarms age = 9 d\n", "a.conf:9: alarms age: means nothing"},
    {HEAD "[retention]\nage = 9 d\nalarms age = 8 d\n", "a.conf:9: alarms age: is less than 'age'"},
    {HEAD "[log]\nlevel = loud\n", "a.conf:8: level: 'loud' is none of: error warning info debug"},
    {HEAD "nonsense\n", "a.conf:7: is neither [section]"},
    {HEAD "[source b\nkind = mqtt\n", "a.conf:8: 'kind' was given in line 4 already"},
    {HEAD "[source b]\n", "a.conf:7: kind: is missing"},
    {HEAD "[source]\nkind = mqtt\n", "a.conf:7: [source ]: the name has 1 to 32"},
    {HEAD "[source a b]\nkind = mqtt\n", "a.conf:7: [source a b]: the name has"},
    {HEAD "[source 123456789012345678901234567890123]\n", "a.conf:7: [source 1234567890"},
    {HEAD "[source 123456789012345678901234567890123456789012345678]\n", "a.conf:7: the name of a section"},
    {HEAD "[source a]\nkind = mqtt\n", "a.conf:7: [source a] was begun in line 3 already"},
    {HEAD "[source b]\nkind = webhook\n", "a.conf:7: form: is needed with 'kind = webhook'"},
    {HEAD "[source b]\nkind = webhook\nform = sigfox\n", "a.conf:7: secret: or 'secret file' is needed"},
    {HEAD "[source b]\nkind = webhook\nform = sigfox\nsecret =\n", "a.conf:10: secret: has no value"},
    {HEAD "[source b]\nkind = webhook\nform = sigfox\nurl = mqtt://h\n",
     "a.conf:10: url: means nothing with 'kind = webhook'"},
    {MQTT, "a.conf:3: url: is needed with 'kind = mqtt'"},
    {MQTT "url = $NOTHING\n", "a.conf:6: url: is needed with 'kind = mqtt'"},
    {MQTT "url = h:1883\n", "a.conf:6: url: is no mqtt://HOST"},
    {MQTT "url = mqtt://\n", "a.conf:6: url: is no mqtt://HOST"},
    {MQTT "url = http://h\n", "a.conf:6: url: is no mqtt://HOST"},
    {MQTT "url = mqtt://u:hunter2@h\n", "a.conf:6: url: is no mqtt://HOST or mqtts://HOST without user"},
    {MQTT "url = mqtt://h\npassword = hunter2\n", "a.conf:3: user: is needed with a password"},
    {MQTT "url = mqtt://h\nca file = x\n", "a.conf:7: ca file: means nothing without mqtts://"},
    {MQTT "url = mqtt://h\nsecret = x\n", "a.conf:7: secret: means nothing with 'kind = mqtt'"},
    {MQTT "url = mqtt://h\nshare = a/b\n", "a.conf:7: share: is a name without"},
    {MQTT "url = mqtt://h\nconnections = 0\n", "a.conf:7: connections: '0' is no whole number from 1 to 32"},
    {MQTT "url = mqtt://h\nconnections = 33\n",
     "a.conf:7: connections: '33' is no whole number from 1 to 32"},
    {MQTT "url = mqtt://h\nconnections = 2\nclient id = a/b\n", "a.conf:3: share: is a name without"},
    {MQTT "url = mqtt://h\nconnections = 3\nclient id = x\n[source b]\nkind = mqtt\nform = chirpstack\n"
          "url = mqtt://i\nclient id = x-3\n",
     "a.conf:13: client id: is another source's"},
    {MQTT "url = mqtt://h\nclient id = x-1\n[source b]\nkind = mqtt\nform = chirpstack\nurl = mqtt://i\n"
          "client id = x\nconnections = 2\n",
     "a.conf:12: client id: is another source's"},
    {HEAD "[source b]\nkind = webhook\nform = sigfox\nsecret = s\nconnections = 2\n",
     "a.conf:11: connections: means nothing with 'kind = webhook'"},
    {MQTT "url = mqtt://h\nclient id = x\n[source b]\nkind = mqtt\nform = chirpstack\nurl = mqtt://i\n"
          "client id = x\n",
     "a.conf:12: client id: is another source's"},
    {"[service]\nstore = x\n[source a]\nkind = mqtt\nform = sigfox\nurl = mqtt://h\n",
     "a.conf:3: topic: is needed"},
    {MQTT "url = mqtt://h\nuser = u\npassword = $NO_VARIABLE\n",
     "a.conf:8: password: the environment has no"},
    {MQTT "url = mqtt://h\nuser = u\npassword = $NOTHING\n", "a.conf:8: password: the environment has no"},
    {MQTT "url = mqtt://h\nuser = u\npassword = $hunter2\n", "a.conf:8: password: the environment has no"},
    {MQTT "url = mqtt://h\nuser = u\npassword = x\npassword file = secret\n", "give the secret or its file"},
    {MQTT "url = mqtt://h\nuser = u\npassword file = gone\n", "a.conf:8: password file: "},
    {MQTT "url = mqtt://h\nuser = u\npassword file = two-lines\n", "two-lines must hold one line"},
    {MQTT "url = mqtt://h\nuser = u\npassword file = empty\n", "empty must hold one line"},
    {HEAD "[rule r]\nkind = smelt\n", "a.conf:8: kind: 'smelt' is none of: seen silent battery"},
    {HEAD "[rule r]\nkind = silent\n", "a.conf:7: silent after: is needed with 'kind = silent'"},
    {HEAD "[rule r]\nkind = battery\nbattery below = 20\n", "a.conf:9: battery below: '20' is no percentage"},
    {HEAD "[rule r]\nkind = silent\nsilent after = 1 h\nclasses = x\n", "a.conf:10: classes: means nothing"},
    {SEEN "battery below = 20 %\n", "a.conf:9: battery below: means nothing with 'kind = seen'"},
    {SEEN "looks = 2\npictures = 2\n", "a.conf:10: pictures: give either"},
    {SEEN "score = 50 %\n", "a.conf:9: score: '50 %' is no share from 0 to 1"},
    {SEEN "zone = 0, 0, 1\n", "a.conf:9: zone: is no left, top"},
    {SEEN "zone = 0.5, 0, 0.5, 1\n", "a.conf:9: zone: is no left, top"},
    {SEEN "zone = 0, 0, 1, 1, 1\n", "a.conf:9: zone: has more than 4 numbers"},
    {SEEN "zone = 0, 0, 1, 1.1\n", "a.conf:9: zone: '0, 0, 1, 1.1' is no share"},
    {SEEN "hours = 21-5\n", "a.conf:9: hours: is no span"},
    {SEEN "hours = 21:00-24:01\n", "a.conf:9: hours: is no span"},
    {SEEN "hours = 21:60-23:00\n", "a.conf:9: hours: is no span"},
    {SEEN "hours = 00:00-24:00\n", "a.conf:9: hours: is no span"},
    {SEEN "hours = 21:00-05:00 UTC\n", "a.conf:9: hours: is no span"},
    {SEEN "targets = nobody\n", "a.conf:9: targets: names a target that has no section"},
    {SEEN "targets = t, t\n[target t]\nkind = webhook\nurl = http://h\n",
     "a.conf:9: targets: names a target twice"},
    {SEEN "classes = a,, b\n", "a.conf:9: classes: nothing stands before or behind a comma"},
    {SEEN "classes =\n", "a.conf:9: classes: has no value"},
    {SEEN "devices = 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\n",
     "a.conf:9: devices: has more than 16 entries"},
    {HOOK, "a.conf:7: url: is needed with 'kind = webhook'"},
    {HOOK "url = ftp://h\n", "a.conf:9: url: is no http://HOST"},
    {HOOK "url = http://u:hunter2@h/\n", "a.conf:9: url: is no http://HOST"},
    {HOOK "url = http://h/a b\n", "a.conf:9: url: is no http://HOST"},
    {HOOK "url = http://h\ntoken = hunter2\n", "a.conf:10: token: means nothing with 'kind = webhook'"},
    {TELE "chat = 1\n", "a.conf:7: token: is needed with 'kind = telegram'"},
    {TELE "token = 1:a\n", "a.conf:7: chat: is needed with 'kind = telegram'"},
    {TELE "token = hunter2/x\nchat = 1\n", "a.conf:9: token: has characters"},
    {MAIL, "a.conf:7: url: is needed with 'kind = mail'"},
    {MAIL "url = http://h\n", "a.conf:11: url: is no smtp://HOST"},
    {HEAD "[target t]\nkind = mail\nurl = smtp://h\nfrom = a@b\nto = c@d, e\n",
     "a.conf:11: to: is no address"},
    {HEAD "[target t]\nkind = mail\nurl = smtp://h\nfrom = A <a@b>\nto = c@d\n",
     "a.conf:10: from: is no address"},
    {HEAD "[target t]\nkind = mqtt\nurl = mqtt://h\ntopic = a/#\n", "a.conf:10: topic: has a + or #"},
    {HEAD "[target t]\nkind = mqtt\nurl = mqtt://h\ntopic = a\npassword = hunter2\n",
     "a.conf:7: user: is needed"},
};

static void test_mistakes(void **unused)
{
    (void)unused;
    static const ln_service_settings empty;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        ln_service_settings s;
        ln_error error = {0};
        if (read_text(&s, mistakes[i].text, &error) == LN_OK)
            fail_msg("accepted, but for: %s", mistakes[i].message);
        if (!strstr(error.text, mistakes[i].message))
            fail_msg("'%s' is not in: %s", mistakes[i].message, error.text);
        assert_null(strstr(error.text, "hunter2"));
        assert_memory_equal(&s, &empty, sizeof s);
    }
}

static void test_too_many(void **unused)
{
    (void)unused;
    ln_service_settings s;
    ln_error error = {0};
    ln_text text = {0};
    ln_text_add(&text, "%s", HEAD);
    for (int i = 0; i < LN_MOST_RULES; i++)
        ln_text_add(&text, "[rule r%d]\nkind = seen\n", i);
    assert_int_equal(read_text(&s, text.bytes, &error), LN_OK);
    assert_int_equal(s.rule_count, LN_MOST_RULES);
    ln_service_settings_free(&s);
    ln_text_add(&text, "[rule more]\nkind = seen\n");
    assert_int_equal(read_text(&s, text.bytes, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "a.conf:135: there are more than 64 sections [rule NAME]"));
    free(text.bytes);
    assert_int_equal(ln_service_settings_read(&s, path_of("gone.conf"), &error), LN_ERR_IO);
}

/* Each allocation fails once: an error that names memory, or the right result. */
static void test_memory(void **unused)
{
    (void)unused;
    unsigned n = 0;
    write_file("a.conf", everything);
    for (int failed = 1; failed;) {
        static const ln_service_settings empty;
        ln_service_settings s;
        ln_error error = {0};
        fault_arm(FAULT_MEMORY, ++n, ENOMEM);
        ln_status status = ln_service_settings_read(&s, path_of("a.conf"), &error);
        failed = fault_disarm();
        if (status != LN_OK) {
            if (status != LN_ERR_MEMORY || !strstr(error.text, "not enough memory"))
                fail_msg("allocation %u fails: %s", n, error.text);
        }
        ln_service_settings_free(&s);
        assert_memory_equal(&s, &empty, sizeof s);
    }
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_least),  cmocka_unit_test(test_hints),    cmocka_unit_test(test_all),
        cmocka_unit_test(test_print),  cmocka_unit_test(test_mistakes), cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
