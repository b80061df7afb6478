# The figures of firmware/figures.csv as a page.
#
# usage: awk -F, -v compiler=VERSION -v turbo=VERSION -f energy.awk -f report.awk boards.csv figures.csv

BEGIN { cpus = split("m7 m33", cpu_name, " ") }

FNR > 1 {
    # Only models have a model file; the scaler and JPEG have lines, too.
    if ($4 == "model" && !($1 in seen)) {
        seen[$1] = 1
        model[++models] = $1
    }
    seen_cpu[$2] = 1
    figure[$1, $2, $3, $4] = $5
}

# Prints a paragraph in lines of at most 120 columns.
function paragraph(text,    words, count, i, line) {
    count = split(text, words, " ")
    line = words[1]
    for (i = 2; i <= count; i++) {
        if (length(line) + 1 + length(words[i]) > 120) {
            print line
            line = words[i]
        } else {
            line = line " " words[i]
        }
    }
    print line "\n"
}

function million(number) { return sprintf("%.2f M", number / 1e6) }

# Goes on to the next line of a table of all models, processors and kinds of kernels. Returns 0 after the last line.
function next_line(    name) {
    line++
    if (line > 6 * models)
        return line = 0
    m = model[int((line - 1) / 6) + 1]
    split("m7 m33 m55", name, " ")
    cpu = name[int((line - 1) % 6 / 2) + 1]
    kind = line % 2 == 0 ? "portable" : cpu == "m55" ? "helium" : "dsp"
    head = "| `" m "` | " toupper(cpu) " | " (kind == "dsp" ? "DSP" : kind == "helium" ? "Helium" : kind) " | "
    return 1
}

function value(what) { return figure[m, cpu, kind, what] }

function all() { return value("rows") + value("finish") + value("packets") }

function flash() { return value("library_code") + value("library_data") + value("model") }

# Two cells: instructions and the registers loaded in them.
function cells(instructions, loads) { return " " million(instructions) " | " million(loads) " |" }
function cells_of(what) { return cells(value(what), value(what "_loads")) }

# What rows and finish cost besides the convolutions.
function rest(suffix,    layer, left) {
    left = value("rows" suffix) + value("finish" suffix)
    for (layer = 0; (m, cpu, kind, "layer" layer) in figure; layer++)
        left -= value("layer" layer suffix)
    return left
}

# A line of one model and processor: a convolution, or the rest.
function layer_line(layer,    kinds, i, line) {
    line = "| `" m "` | " toupper(cpu) " | " (layer == "rest" ? "the rest" : layer + 1) " |"
    split("dsp portable", kinds, " ")
    for (i = 1; i in kinds; i++) {
        kind = kinds[i]
        line = line (layer == "rest" ? cells(rest(""), rest("_loads")) : cells_of("layer" layer))
    }
    print line
}

function layers_page(    i, j, layer) {
    print "### By layer\n"
    paragraph("Each convolution alone, up to the bytes that it passes on and its latent values. *the rest* is what rows and " \
        "finish cost besides: the branch's input, map and order.")
    print "| model | processor | layer | DSP | registers loaded | portable | registers loaded |"
    print "|---|---|---|---:|---:|---:|---:|"
    for (i = 1; i <= models; i++) {
        m = model[i]
        for (j = 1; j <= cpus; j++) {
            cpu = cpu_name[j]
            for (layer = 0; (m, cpu, "dsp", "layer" layer) in figure; layer++)
                layer_line(layer)
            layer_line("rest")
        }
    }
}

function scaler_line(size, format,    i, line) {
    m = "scaler"
    kind = "portable"
    line = "| " size " | " format " |"
    for (i = 1; i <= cpus; i++) {
        cpu = cpu_name[i]
        line = line cells_of(tolower(format) "_" size)
    }
    print line
}

function scaler_page(    sizes, formats, i, j) {
    print "\n### Camera formats\n"
    paragraph("`ln_scaler` alone, from a frame to 224x224 pixels, without the encoder. The frame is a picture of the tests " \
        "with its pixels repeated. The scaler takes " figure["scaler", "m7", "portable", "ram"] " bytes of RAM.")
    print "| frame | format | M7 | registers loaded | M33 | registers loaded |"
    print "|---|---|---:|---:|---:|---:|"
    split("320x240 640x480", sizes, " ")
    split("RGB888 BGR888 RGBA8888 BGRA8888 RGB565 YUYV UYVY grey", formats, " ")
    for (i = 1; i in sizes; i++)
        for (j = 1; j in formats; j++)
            scaler_line(sizes[i], formats[j])
}

function jpeg_line(name) {
    m = "jpeg"
    cpu = name
    kind = "libjpeg-turbo"
    print "| " toupper(name) " |" cells_of("encode") " " value("ram") " | " value("file") " |"
}

# A line of the sender's table: a processor with both optimisations.
function sender_line(name) {
    m = "sender"
    cpu = name
    kind = "O3"
    printf "| %s | %d | %d | %d | %d | %d |", name == "m0plus" ? "M0+" : toupper(name), value("ram"), value("stack_bound"), \
        value("next"), value("ledger"), value("flash")
    kind = "Os"
    printf " %d | %d |\n", value("flash"), value("networks")
}

function sender_page() {
    print "## Sender\n"
    paragraph("What `ln_sender_*`, two ledgers and `ln_airtime` add to a camera. *RAM*: a sender for eight pictures and two " \
        "ledgers. *stack*: the deepest path, that through the camera's packets included, as *at most* above. *next*: instructions of " \
        "`ln_sender_next` without those that make the packet, the mean with up to eight pictures in a fair queue, which is the most " \
        "work. *ledger*: of `ln_ledger_wait`. *flash*: beside the camera's functions, with what they need of GCC's helpers. *networks*: " \
        "the tables of all networks, for those who call `ln_network_find`. QEMU has no Cortex-M0+ with enough memory, so its " \
        "instructions run on the M7.")
    paragraph("`make firmware` also plays scenarios on the M7 and on this machine: two pictures, EU868 from DR0 to DR5, US915 and Sigfox, " \
        "with and without repair packets, ADR and MAC commands that change the payload within a picture, NbTrans of 1 to 3, budgets of " \
        "an hour and of a day, losses in bursts, feedback, and a restart. What goes out, and when, must be the same.")
    print "| processor | RAM | stack | next | ledger | flash, -O3 | flash, -Os | networks |"
    print "|---|---:|---:|---:|---:|---:|---:|---:|"
    sender_line("m0plus")
    sender_line("m33")
    sender_line("m7")
    print ""
}

function goal(what, is, most, unit) {
    printf "| %s | %s | %s | %s |\n", what, is unit, most unit, is <= most ? "yes" : "no"
}

function goals() {
    cpu = "m7"
    m = "paper-224"
    kind = "dsp"
    goal("`paper-224`, everything, DSP", sprintf("%.2f", all() / 1e6), 28.0, " M")
    goal("`paper-224`, encoder, DSP", sprintf("%.2f", value("rows") / 1e6), 24.0, " M")
    goal("`paper-224`, saliency, map and order, DSP", sprintf("%.2f", value("finish") / 1e6), 3.6, " M")
    goal("`paper-224`, RAM, DSP", value("ram"), 24 * 1024, " B")
    goal("`paper-224`, stack, DSP", value("stack_bound"), 1024, " B")
    kind = "portable"
    goal("`paper-224`, encoder, portable", sprintf("%.2f", value("rows") / 1e6), 110.0, " M")
    kind = "dsp"
    m = "pyramid-224-small"
    goal("`pyramid-224-small`, everything, DSP", sprintf("%.2f", all() / 1e6), 3.6, " M")
    goal("`pyramid-224-small`, RAM, DSP", value("ram"), 16 * 1024, " B")
    m = "pyramid-224"
    goal("`pyramid-224`, everything, DSP", sprintf("%.2f", all() / 1e6), 7.0, " M")
    goal("`pyramid-224`, RAM, DSP", value("ram"), 40 * 1024, " B")
    goal("`pyramid-224`, flash, DSP", flash(), 64 * 1024, " B")
    goal("`pyramid-224`, stack, DSP", value("stack_bound"), 700, " B")
    m = "sender"
    kind = "O3"
    goal("sender and two ledgers, RAM", value("ram"), 1024, " B")
    goal("sender, ledgers and airtime, flash, -O3", value("flash"), 6 * 1024, " B")
    kind = "Os"
    goal("the same, -Os", value("flash"), 6 * 1024, " B")
}

END {
    print "# What the camera costs\n"
    paragraph("Made by `make firmware-report` (arm-none-eabi-gcc " compiler ", -O3); change nothing by hand. `make firmware` " \
        "compares the packets with this machine's, and fails if a figure is over 2 % worse than here (`firmware/figures.csv`).")
    paragraph("QEMU's Cortex-M7 (mps2-an500), Cortex-M33 (mps2-an505) and Cortex-M55 (mps3-an547) encode a picture of the " \
        "model's size, 224x224 pixels or 32x32 (`pyramid-32`), with the kernels that `limitnet model to-c` lists for the " \
        "model. A plugin counts the instructions that they execute, exactly and repeatably. Instructions are not cycles: how " \
        "long one takes depends on the processor and its memory. So the plugin also counts the registers that are loaded. On " \
        "a Cortex-M55 an instruction on 128 bits takes two cycles, and loads of vector registers are not counted.")

    print "## Instructions\n"
    paragraph("*rows*: all stages while the picture comes in. *finish*: saliency, map and order. *packets*: the first 4,000 " \
        "bytes of the stream, in packets of 250 bytes. *later*: the rest of the stream, to the last bit. *all*: without the rest.")
    print "| model | processor | kernels | rows | finish | packets | all | registers loaded | later |"
    print "|---|---|---|---:|---:|---:|---:|---:|---:|"
    while (next_line())
        print head million(value("rows")) " | " million(value("finish")) " | " million(value("packets")) " | " million(all()) " | " \
            million(value("rows_loads") + value("finish_loads") + value("packets_loads")) " | " million(value("later")) " |"
    print ""
    paragraph("For comparison, on the same machines with synthetic pictures (a prototype that is not in this repository): the " \
        "paper's network by CMSIS-NN, as TensorFlow Lite Micro calls it, takes 102.5 M for the encoder and 11.7 M for the " \
        "saliency on the M7, 100.6 M for the encoder on the M33. A JPEG of quality 50 by a good small encoder takes 4.3 M with " \
        "4:2:0 and 6.6 M with 4:4:4.")
    paragraph("libjpeg-turbo " turbo " in the same QEMU, with the same compiler and picture: plain C as in Debian, baseline JPEG, " \
        "quality 50, 4:2:0, the accurate integer DCT (`firmware/jpeg.c`). RAM is what it allocates. `make bench` counts it on " \
        "the machine at hand, with SIMD.")
    print "| processor | instructions | registers loaded | RAM | bytes of the file |"
    print "|---|---:|---:|---:|---:|"
    jpeg_line("m7")
    jpeg_line("m33")
    print ""
    layers_page()
    scaler_page()

    print "\n## Memory\n"
    paragraph("*RAM*: all that a camera needs during and between pictures, except a row of pixels and a packet, which are the " \
        "caller's. *stack used*: how far it was used, as paint on it shows. *at most*: the deepest path in GCC's call graph " \
        "(-fcallgraph-info=su). *code*, *tables*: the library as linked, with the kernels that the model needs. *flash*: both, " \
        "and the model file.")
    print "| model | processor | kernels | RAM | stack used | at most | code | tables | model | flash |"
    print "|---|---|---|---:|---:|---:|---:|---:|---:|---:|"
    while (next_line())
        print head value("ram") " | " value("stack") " | " value("stack_bound") " | " value("library_code") " | " \
            value("library_data") " | " value("model") " | " flash() " |"
    print "| the paper's (Table 5) | M7 | CMSIS-NN | 360 KB | | | | | | 107 KB |"
    print "| the paper's (Table 5) | M33 | CMSIS-NN | 344 KB | | | | | | 102 KB |\n"

    sender_page()
    energy_page()
    print "## Goals\n"
    print "On the M7.\n"
    print "| | is | at most | reached |"
    print "|---|---:|---:|---|"
    goals()
}
