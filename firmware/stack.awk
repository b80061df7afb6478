# The deepest stack that the camera's functions can use, from the call graphs that GCC writes with -fcallgraph-info=su. The
# graphs do not cover the C library: newlib's functions save up to four registers. Nor do they
# cover GCC's own helpers for integers, whose frames here are those of the disassembly or more. Nor do they name the functions that are
# called by pointer: conv.c calls those of kernels, all others call the sender's values_of.
#
# usage: awk -v functions="NAME..." -f stack.awk OBJECTS.ci...

function title(line) { match(line, /"[^"]*"/); return substr(line, RSTART + 1, RLENGTH - 2) }

function deepest(name,    calls, count, i, depth, most) {
    if (name in known)
        return known[name]
    if (name in walking)
        wrong = name " calls itself"
    else if (dynamic[name])
        wrong = name " has no fixed frame"
    if (wrong != "")
        return 0
    walking[name] = 1
    count = split(called[name], calls, "\n")
    for (i = 1; i < count; i++) {
        depth = calls[i] == "__indirect_call" ? deepest_pointed(name) : deepest(calls[i])
        if (depth > most)
            most = depth
    }
    delete walking[name]
    return known[name] = frame[name] + most
}

# The same for what a function calls by pointer.
function deepest_pointed(name,    callee, depth, most) {
    if (name !~ /^ln_conv_/)
        return deepest(values_of)
    for (callee in of_kernel) {
        depth = deepest(callee)
        if (depth > most)
            most = depth
    }
    return most
}

BEGIN {
    frame["memcpy"] = frame["memmove"] = frame["memset"] = frame["memcmp"] = 16
    split("idiv uidiv idivmod uidivmod lmul lasr llsr llsl", helper, " ")
    for (i in helper)
        frame["__aeabi_" helper[i]] = 32
    frame["__aeabi_ldivmod"] = frame["__aeabi_uldivmod"] = 96
}
/^node/ && match($0, /[0-9]+ bytes/) {
    bytes = substr($0, RSTART, RLENGTH) + 0
    name = title($0)
    frame[name] = bytes
    dynamic[name] = $0 !~ /\(static\)/
    if (name ~ /:values_of$/)
        values_of = name
    if (name ~ /kernels\/[a-z]+\.c:(suits|needs|take|make)$/ || name == "ln_conv_keep")
        of_kernel[name]
}
/^edge/ {
    from = title($0)
    sub(/.*targetname: /, "")
    called[from] = called[from] title($0) "\n"
}
END {
    count = split(functions, name_of, " ")
    for (i = 1; i <= count; i++) {
        depth = deepest(name_of[i])
        if (depth > most)
            most = depth
    }
    if (wrong != "" || values_of == "") {
        print "stack.awk: " wrong > "/dev/stderr"
        exit 1
    }
    print most
}
