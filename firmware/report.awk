# The figures of firmware/figures.csv as a page.
#
# usage: awk -F, -v compiler=VERSION -f report.awk figures.csv

FNR > 1 {
    if (!($1 in seen)) {
        seen[$1] = 1
        model[++models] = $1
    }
    figure[$1, $2, $3, $4] = $5
}

function million(number) { return sprintf("%.2f M", number / 1e6) }

# The next line of a table with every model, processor and kind of kernels; 0 after the last one.
function next_line() {
    line++
    if (line > 6 * models)
        return line = 0
    m = model[int((line - 1) / 6) + 1]
    split("m7 m33 m55", cpus, " ")
    cpu = cpus[int((line - 1) % 6 / 2) + 1]
    kind = line % 2 == 0 ? "portable" : cpu == "m55" ? "helium" : "dsp"
    head = "| `" m "` | " toupper(cpu) " | " (kind == "dsp" ? "DSP" : kind == "helium" ? "Helium" : kind) " | "
    return 1
}

function value(what) { return figure[m, cpu, kind, what] }

function all() { return value("rows") + value("finish") + value("packets") }

# Milliseconds of a picture with DSP kernels.
function estimate(name, processor, megahertz, per_instruction,    i) {
    kind = "dsp"
    cpu = processor
    for (i = 1; i <= models; i++) {
        m = model[i]
        printf "| `%s` | %s | %.0f ms |\n", m, name, all() * per_instruction / (megahertz * 1e3)
    }
}

function goal(what, is, most, unit) {
    printf "| %s | %s | %s | %s |\n", what, is unit, most unit, is <= most ? "yes" : "no"
}

function goals() {
    cpu = "m7"
    m = "paper-224"
    kind = "dsp"
    goal("`paper-224`, encoder, DSP", sprintf("%.2f", value("rows") / 1e6), 24.0, " M")
    goal("`paper-224`, saliency, map and order, DSP", sprintf("%.2f", value("finish") / 1e6), 3.6, " M")
    goal("`paper-224`, RAM, DSP", value("ram"), 24 * 1024, " B")
    kind = "portable"
    goal("`paper-224`, encoder, portable", sprintf("%.2f", value("rows") / 1e6), 110.0, " M")
    kind = "dsp"
    m = "pyramid-224"
    goal("`pyramid-224`, everything, DSP", sprintf("%.2f", all() / 1e6), 4.3, " M")
    goal("`pyramid-224`, RAM, DSP", value("ram"), 16 * 1024, " B")
    goal("stack", value("stack_bound"), 1024, " B")
}

END {
    print "# What the camera costs\n"
    print "Made by `make firmware-report` (arm-none-eabi-gcc " compiler ", -O3); change nothing by hand. `make firmware` compares the packets with this"
    print "machine's, and fails when a figure is over 2 % worse than here (`firmware/figures.csv`).\n"
    print "Pictures of 224x224 pixels, encoded by QEMU's Cortex-M7 (mps2-an500), Cortex-M33 (mps2-an505) and Cortex-M55 (mps3-an547). A plugin counts executed instructions, exactly and"
    print "repeatably. They are not cycles: how long one takes depends on the processor and its memory. So registers loaded are counted, too."
    print "Counts say nothing of Helium's beats: an instruction on 128 bits takes a Cortex-M55 two cycles; and its vector registers are not among those loaded.\n"

    print "## Instructions\n"
    print "*rows*: all stages while the picture comes in. *finish*: saliency, map and order. *packets*: the whole stream, to the last bit, in packets of 242 bytes; a"
    print "camera that sends less of it pays for less.\n"
    print "| model | processor | kernels | rows | finish | packets | all | registers loaded |"
    print "|---|---|---|---:|---:|---:|---:|---:|"
    while (next_line())
        print head million(value("rows")) " | " million(value("finish")) " | " million(value("packets")) " | " million(all()) " | " \
            million(value("rows_loads") + value("finish_loads") + value("packets_loads")) " |"
    print "\nTo compare with, on the same machines (from a prototype that is not in this repository, on synthetic pictures): the paper's network by CMSIS-NN, as"
    print "TensorFlow Lite Micro calls it, 102.5 M for the encoder and 11.7 M for the saliency on the M7, 100.6 M for the encoder on the M33. A JPEG of quality 50 by a good"
    print "small encoder, 4:2:0: 4.3 M; 4:4:4: 6.6 M. `make bench` counts libjpeg-turbo's instructions on the machine at hand.\n"

    print "### By layer\n"
    print "Each convolution alone on the M7, without the requantisation of its outputs.\n"
    print "| model | layer | DSP | portable |"
    print "|---|---:|---:|---:|"
    for (i = 1; i <= models; i++)
        for (layer = 0; (model[i], "m7", "dsp", "layer" layer) in figure; layer++)
            print "| `" model[i] "` | " layer + 1 " | " million(figure[model[i], "m7", "dsp", "layer" layer]) " | " \
                million(figure[model[i], "m7", "portable", "layer" layer]) " |"

    print "\n## Memory\n"
    print "*RAM*: all that a camera needs between and during pictures, but a row of pixels and a packet, which are the caller's. *stack*: as far as it was used (painted"
    print "beforehand), and the most that the compiler's figures for each function allow (-fcallgraph-info=su). *flash*: code and tables of the library as linked, and the"
    print "model file.\n"
    print "| model | processor | kernels | RAM | stack used | at most | code | tables | model | flash |"
    print "|---|---|---|---:|---:|---:|---:|---:|---:|---:|"
    while (next_line())
        print head value("ram") " | " value("stack") " | " value("stack_bound") " | " value("library_code") " | " value("library_data") " | " \
            value("model") " | " value("library_code") + value("library_data") + value("model") " |"
    print "| the paper's (Table 5) | M7 | CMSIS-NN | 360 KB | | | | | | 107 KB |"
    print "| the paper's (Table 5) | M33 | CMSIS-NN | 344 KB | | | | | | 102 KB |\n"

    print "## Time, estimated\n"
    print "**Nothing here was measured on a board.** Instructions with DSP kernels, the whole stream included, times cycles per instruction that were assumed (1.0 at 216 MHz for an STM32F7,"
    print "1.3 at 128 MHz for an nRF5340). The paper measured, for its network without entropy coding, 237 + 23 ms on the M7 and 1,969 + 220 ms on the M33 (encoder + saliency)."
    print "Energy is not estimated yet: it needs the currents of the makers' documents.\n"
    print "| model | processor | time |"
    print "|---|---|---:|"
    estimate("STM32F7", "m7", 216, 1.0)
    estimate("nRF5340", "m33", 128, 1.3)

    print "\n## Goals\n"
    print "On the M7.\n"
    print "| | is | at most | reached |"
    print "|---|---:|---:|---|"
    goals()
}
