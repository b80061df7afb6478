# The figures of firmware/figures.csv as a page.
#
# usage: awk -F, -v compiler=VERSION -v turbo=VERSION -f energy.awk -f report.awk boards.csv figures.csv

BEGIN { cpus = split("m7 m33", cpu_name, " ") }

FNR > 1 {
    # Only models have a model file; the scaler and JPEG have lines, too. Models in subfolders are not for use.
    if ($4 == "model" && $1 !~ /\// && !($1 in seen)) {
        seen[$1] = 1
        model[++models] = $1
    }
    seen_cpu[$2] = 1
    figure[$1, $2, $3, $4] = $5
}

function million(number) { return sprintf("%.2f M", number / 1e6) }

# The next line of a table with every model, processor and kind of kernels; 0 after the last one.
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

# Two cells: instructions and the registers loaded in them.
function cells(instructions, loads) { return " " million(instructions) " | " million(loads) " |" }
function cells_of(what) { return cells(value(what), value(what "_loads")) }

# Rows and finish without the convolutions, for one kind of kernels.
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

# What the candidates for the first stage cost on the M7 with DSP kernels.
function first_stages_page(    names, i) {
    cpu = "m7"
    kind = "dsp"
    print "### First stages\n"
    print "Pyramids that differ in the first stage (`models/first-stage`), on the M7 with DSP kernels."
    print "[The report](report/README.md#first-stages) says what they keep.\n"
    print "| first stage | rows | finish | packets | all | RAM |"
    print "|---|---:|---:|---:|---:|---:|"
    split("8 8-half-chroma 12 16 16-longer", names, " ")
    for (i = 1; i in names; i++) {
        m = "first-stage/" names[i]
        if ((m, cpu, kind, "model") in figure)
            print "| `" names[i] "` | " million(value("rows")) " | " million(value("finish")) " | " million(value("packets")) " | " \
                million(all()) " | " value("ram") " B |"
    }
    print ""
}

function layers_page(    i, j, layer) {
    print "### By layer\n"
    print "Each convolution alone, up to its sums. Where it works in lanes (DSP) and passes all outputs on, requantisation to"
    print "bytes is included. *the rest* is everything else in rows and finish: requantisation of the other outputs, latent"
    print "values and, with a map, map and order.\n"
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
    print "`ln_scaler` alone, from a frame to 224x224 pixels, without the encoder behind it. The frame is a picture of the"
    print "tests with its pixels repeated. The scaler takes " figure["scaler", "m7", "portable", "ram"] " bytes of RAM.\n"
    print "| frame | format | M7 | registers loaded | M33 | registers loaded |"
    print "|---|---|---:|---:|---:|---:|"
    split("320x240 640x480", sizes, " ")
    split("RGB888 RGB565 YUYV UYVY grey", formats, " ")
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
    print "Written by `make firmware-report` (arm-none-eabi-gcc " compiler ", -O3): do not edit. `make firmware` compares the packets"
    print "with those of the host, and fails when a figure is over 2 % worse than here (`firmware/figures.csv`).\n"
    print "QEMU's Cortex-M7 (mps2-an500), Cortex-M33 (mps2-an505) and Cortex-M55 (mps3-an547) encode pictures of 224x224 pixels. A"
    print "plugin counts executed instructions, exactly and repeatably. Instructions are not cycles: the time of each depends on"
    print "the processor and its memory. Therefore loaded registers are counted, too. Two things are not in the counts: an"
    print "instruction on 128 bits takes a Cortex-M55 two cycles (Helium's beats), and loads of vector registers.\n"

    print "## Instructions\n"
    print "*rows*: all stages while the picture comes in. *finish*: saliency, map and order. *packets*: the whole stream, to the"
    print "last bit, in packets of 242 bytes; a camera that sends less of it pays for less.\n"
    print "| model | processor | kernels | rows | finish | packets | all | registers loaded |"
    print "|---|---|---|---:|---:|---:|---:|---:|"
    while (next_line())
        print head million(value("rows")) " | " million(value("finish")) " | " million(value("packets")) " | " million(all()) " | " \
            million(value("rows_loads") + value("finish_loads") + value("packets_loads")) " |"
    print "\nFor comparison, on the same machines (from a prototype outside this repository, on synthetic pictures): the paper's"
    print "network by CMSIS-NN, as TensorFlow Lite Micro calls it, takes 102.5 M for the encoder and 11.7 M for the saliency on the"
    print "M7, and 100.6 M for the encoder on the M33. A good small JPEG encoder at quality 50 takes 4.3 M (4:2:0) or 6.6 M"
    print "(4:4:4).\n"
    print "libjpeg-turbo " turbo " in the same QEMU, its plain C as Debian has it, with the same compiler and picture: baseline JPEG,"
    print "quality 50, 4:2:0, the accurate integer DCT (`firmware/jpeg.c`). RAM is what it allocates. `make bench` counts it on the"
    print "host, with SIMD.\n"
    print "| processor | instructions | registers loaded | RAM | bytes of the file |"
    print "|---|---:|---:|---:|---:|"
    jpeg_line("m7")
    jpeg_line("m33")
    print ""
    first_stages_page()
    layers_page()
    scaler_page()

    print "\n## Memory\n"
    print "*RAM*: all that a camera needs between and during pictures, except a row of pixels and a packet, which the caller owns."
    print "*stack*: the part that was used (of a stack painted beforehand), and the upper bound from the compiler's figures for"
    print "each function (-fcallgraph-info=su). *flash*: code and tables of the library as linked, and the model file.\n"
    print "| model | processor | kernels | RAM | stack used | at most | code | tables | model | flash |"
    print "|---|---|---|---:|---:|---:|---:|---:|---:|---:|"
    while (next_line())
        print head value("ram") " | " value("stack") " | " value("stack_bound") " | " value("library_code") " | " value("library_data") " | " \
            value("model") " | " value("library_code") + value("library_data") + value("model") " |"
    print "| the paper's (Table 5) | M7 | CMSIS-NN | 360 KB | | | | | | 107 KB |"
    print "| the paper's (Table 5) | M33 | CMSIS-NN | 344 KB | | | | | | 102 KB |\n"

    energy_page()
    print "## Goals\n"
    print "On the M7.\n"
    print "| | is | at most | reached |"
    print "|---|---:|---:|---|"
    goals()
}
