#!/usr/bin/env bash
# Prints which lines of the parsers the fuzz targets' corpora reach: a table in Markdown. Ends with an error if they reach
# less than 90 % of a file.
#
# usage: fuzz/coverage.sh     after building the preset fuzz-coverage
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/fuzz-coverage
least=90

# Which files a target is there for. Others may reach them too.
parsers="
jpeg      src/cloud/picture_jpeg.c src/cloud/picture_exif.c src/cloud/picture_read.c
png       src/cloud/picture_png.c
webp      src/cloud/picture_webp.c
pnm       src/cloud/picture_pnm.c src/cloud/picture_turn.c
stream    src/cloud/stream.c src/cli/receive.c
receiver  src/cloud/receiver.c src/cloud/match.c src/cloud/image.c src/cloud/waiting.c src/cloud/recovery.c
packet    src/core/packet.c src/core/packet_read.c src/core/range_coder.c
camera    src/device/camera.c src/device/packets.c src/device/protection.c
frame     src/device/scaler.c
sender    src/device/sender.c src/device/sender_loss.c src/device/sender_store.c src/core/feedback.c
model     src/core/model.c
bundle    src/cloud/bundle.c
network   src/cloud/engine_file.c src/cloud/onnx_graph.c src/cloud/onnx_metadata.c src/cloud/protobuf.c src/cloud/tflite.c
vision    src/cloud/settings.c src/cloud/vision_config.c src/cloud/vision_labels.c src/cloud/vision_input.c
vision    src/cloud/vision_feed.c src/cloud/vision_layout.c src/cloud/vision_outputs.c src/cloud/vision_table.c
vision    src/cloud/vision_boxes.c src/cloud/vision_classify.c src/cloud/vision_detect.c
peer      lab/codecs/peer.c lab/codecs/peer_code.c
csv       src/host/labels.c
yolo      lab/measures/scene_text.c lab/measures/scene_parts.c lab/measures/scenes.c src/host/folder.c
voc       lab/measures/scene_xml.c
coco      lab/measures/scene_json.c
journal   lab/eval/journal.c
curves    lab/eval/curve.c lab/eval/bjontegaard.c
saliency  src/host/saliency_map.c lab/saliency/sod.c
options   src/cli/options.c
scenario  src/sim/scenario.c src/sim/scenario_check.c src/sim/trace.c
event     src/service/events/event.c src/service/events/chirpstack.c src/service/events/chirpstack_protobuf.c
event     src/service/events/json.c src/service/events/parts.c src/service/events/short_burst.c src/service/events/sigfox.c
event     src/service/events/things_stack.c src/service/events/time.c
service_settings  src/service/settings/settings.c src/service/settings/check.c src/service/settings/parts.c src/service/settings/rule.c
service_settings  src/service/settings/source.c src/service/settings/target.c
service_settings  src/host/ini.c src/host/keys.c src/host/keys_value.c src/host/values.c src/host/path.c
page      src/service/web/form.c src/service/login/cookie.c src/service/login/csrf.c src/service/login/page.c
page      src/service/web/client.c
rules     src/service/rules/rules.c src/service/rules/state.c src/service/rules/body.c
lists     lab/commands/lists.c
json      src/cli/json.c
"

TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

targets=$(cd $build/fuzz && ls fuzz_* | sed 's/^fuzz_//')
objects=()
for target in $targets; do
    LLVM_PROFILE_FILE=$TMPDIR/$target.raw "$build/fuzz/fuzz_$target" -runs=0 "fuzz/corpus/$target" >"$TMPDIR/log" 2>&1 ||
        { cat "$TMPDIR/log" && echo "coverage: $target fails on its corpus" >&2 && exit 1; }
    objects+=(${objects:+-object} "$build/fuzz/fuzz_$target")
done
llvm-profdata merge -sparse "$TMPDIR"/*.raw -o "$TMPDIR/profile"

# count FILE: lines of code, how many are reached, and the numbers of the others.
count() {
    llvm-cov show "${objects[@]}" -instr-profile "$TMPDIR/profile" "$1" 2>/dev/null |
        awk -F'|' '$2 ~ /[0-9]/ { all++; if ($2 + 0 > 0) reached++; else missed = missed " " $1 + 0 }
            END { print all + 0, reached + 0, missed }'
}

failed=0
echo "| target | file | lines | reached | not reached |"
echo "|---|---|---|---|---|"
while read -r target files; do
    for file in $files; do
        read -r all reached missed <<<"$(count "$file")"
        [ "$all" -gt 0 ] || { echo "coverage: $file is in no target" >&2 && exit 1; }
        share=$((100 * reached / all))
        echo "| $target | \`$file\` | $all | $share % | $missed |"
        [ "$share" -ge $least ] || { failed=1 && echo "coverage: $file: less than $least %" >&2; }
    done
done <<<"$parsers"
exit $failed
