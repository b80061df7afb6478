# A part of report.awk: time and energy of a picture, from instructions and from the currents in boards.csv.

FILENAME ~ /boards/ {
    if (FNR > 1) {
        board[++boards] = $1
        processor[$1] = $2
        megahertz[$1] = $3
        volts[$1] = $4
        milliamperes[$1] = $5
        cycles[$1] = $6
        origin[$1] = $7 ": " $8
    }
    next
}

# Milliseconds that a board takes for some instructions, and millijoules that it takes in some milliseconds.
function duration(name, instructions) { return instructions * cycles[name] / (megahertz[name] * 1e3) }
function energy(name, milliseconds) { return milliseconds * milliamperes[name] * volts[name] / 1e3 }

# A line: each board's milliseconds and its energy.
function energy_line(what, milliseconds,    i, line) {
    line = "| " what " |"
    for (i = 1; i <= boards; i++)
        if (board[i] in milliseconds)
            line = line sprintf(" %.0f ms | %.1f mJ |", milliseconds[board[i]], energy(board[i], milliseconds[board[i]]))
    print line
}

# A line for the camera's instructions, by processor.
function instructions_line(what, instructions,    i, milliseconds) {
    for (i = 1; i <= boards; i++)
        if (processor[board[i]] in instructions)
            milliseconds[board[i]] = duration(board[i], instructions[processor[board[i]]])
    energy_line(what, milliseconds)
}

function ceiling(number) { return number > int(number) ? int(number) + 1 : int(number) }

# Milliseconds that a LoRa packet is on the air, by Semtech's formula (AN1200.13): 125 kHz, code rate 4/5, 8 symbols of
# preamble, with header and checksum. A spreading factor of 11 or 12 has the optimisation for low data rates.
function airtime(bytes, factor,    symbol, slow, payload) {
    symbol = 2 ^ factor / 125
    slow = factor >= 11
    payload = ceiling((8 * bytes - 4 * factor + 28 + 16) / (4 * (factor - 2 * slow)))
    return symbol * (8 + 4.25 + 8 + 5 * (payload > 0 ? payload : 0))
}

# A line: a picture's bytes in packets of at most `most` bytes. LoRaWAN adds 13 bytes to each: MHDR 1, FHDR 7, FPort 1, MIC 4.
function sending_line(bytes, factor, most,    left, packets, milliseconds, line, i) {
    for (left = bytes; left > 0; left -= most) {
        milliseconds += airtime((left < most ? left : most) + 13, factor)
        packets++
    }
    line = sprintf("| %d B at SF%d | %d | %.2f s |", bytes, factor, packets, milliseconds / 1e3)
    for (i = 1; i <= boards; i++)
        if (processor[board[i]] == "radio")
            line = line sprintf(" %.0f mJ |", energy(board[i], milliseconds))
    print line
}

function energy_page(    i, instructions, paper) {
    print "## Time and energy, estimated\n"
    paragraph("**Nothing here was measured on a board.** Time is instructions with DSP kernels, the whole stream included, times " \
        "cycles per instruction, which are assumed. Energy is time times current times voltage. These are in " \
        "`firmware/boards.csv`:")
    print "| | MHz | V | mA | cycles per instruction | the current is |"
    print "|---|---:|---:|---:|---:|---|"
    for (i = 1; i <= boards; i++)
        print "| " board[i] " | " megahertz[board[i]] " | " volts[board[i]] " | " milliamperes[board[i]] " | " cycles[board[i]] " | " origin[board[i]] " |"
    print ""
    paragraph("This leaves out the camera's sensor, sleep, and the radio's receive windows.")
    print "| a picture | STM32F7 | | nRF5340 | |"
    print "|---|---:|---:|---:|---:|"
    for (i = 1; i <= models; i++) {
        m = model[i]
        kind = "dsp"
        for (cpu in seen_cpu)
            instructions[cpu] = all()
        instructions_line("`" m "`", instructions)
    }
    for (cpu in seen_cpu)
        instructions[cpu] = figure["jpeg", cpu, "libjpeg-turbo", "encode"]
    instructions_line("JPEG, libjpeg-turbo as above", instructions)
    for (cpu in seen_cpu)
        instructions[cpu] = 4.3e6
    instructions_line("JPEG, 4.3 M instructions (cited above)", instructions)
    paper["STM32F7"] = 237 + 23
    paper["nRF5340"] = 1969 + 220
    energy_line("the paper's network, its measured time", paper)
    print ""
    paragraph("The paper's times (encoder and saliency, no entropy coding) were measured on an STM32F7 and an nRF5340. The energy " \
        "beside them is computed here, from the currents above; the paper's Fig. 12, which states energy, could not be read.")
    paragraph("Sending the bytes by LoRaWAN, which adds 13 bytes to each packet, at 125 kHz and code rate 4/5, in packets of at " \
        "most 242 bytes at SF7 and 51 bytes at SF10:")
    print "| bytes | packets | on the air | SX1276, +13 dBm | SX1262, +14 dBm |"
    print "|---|---:|---:|---:|---:|"
    sending_line(300, 7, 242)
    sending_line(1200, 7, 242)
    sending_line(300, 10, 51)
    sending_line(1200, 10, 51)
    print ""
}
