# Doxygen's input filter: gives the plain comments of a public header the marks that Doxygen looks for.
#
#   /* ... */ above a declaration    /** ... */, and the same for each #define that follows it directly
#   int a, b; /* ... */              /** ... */ int a; /** ... */ int b;
#   the first comment of a header    @file in it
#    *   name   text                 @param name text above a function, a block of code elsewhere
#   Errors: ...                      a paragraph of its own
#   /* ---- Title ---- */            nothing

function parameter(line,    names) {
    if (!match(line, /^ \*   [a-z_, ]*[a-z_]  /))
        return line
    names = substr(line, 6, RLENGTH - 7)
    gsub(/, /, ",", names)
    return " * @param " names substr(line, RLENGTH)
}

# A comment of its own; `next_line` is what it describes.
function print_above(comment, next_line,    lines, count, i) {
    if (comment ~ /\/\* ---- /)
        return
    sub(/\/\*/, header_seen++ ? "/**" : "/** @file\n *", comment)
    count = split(comment, lines, "\n")
    for (i = 1; i <= count; i++) {
        if (next_line ~ /\(/ && next_line !~ /^(typedef|#| )/)
            lines[i] = parameter(lines[i])
        else
            sub(/^ \*   /, " *        ", lines[i])
        sub(/Errors: /, "\n * @par Errors\n * ", lines[i])
        print lines[i]
    }
    if (next_line ~ /^#define/) {
        shared = comment
        sub(/\/\*\*/, "/**<", shared)
    }
}

# A comment behind a declaration. Doxygen would give it to one of several names only.
function print_behind(comment, code,    names, count, type, i) {
    if (code ~ /^#|\(/ || code !~ /, .*; *$/) {
        sub(/\/\*/, "/**<", comment)
        print code comment
        return
    }
    sub(/\/\*/, "/**", comment)
    count = split(code, names, /, /)
    type = names[1]
    sub(/[^ ]+$/, "", type)
    sub(/.* /, "", names[1])
    for (i = 1; i <= count; i++) {
        sub(/; *$/, "", names[i])
        print comment, type names[i] ";"
    }
}

waiting != "" {
    print_above(waiting, $0)
    waiting = ""
    described = NR
}

/^$/ {
    shared = ""
}

!inside && (at = index($0, "/*")) {
    inside = 1
    comment = ""
    code = substr($0, 1, at - 1)
    $0 = code ~ /^ *$/ ? $0 : substr($0, at)
}

inside {
    comment = comment (comment == "" ? "" : "\n") $0
    if (!/\*\//)
        next
    inside = 0
    if (code ~ /^ *$/)
        waiting = comment
    else
        print_behind(comment, code)
    next
}

shared != "" && /^#define .*[^\\]$/ && described != NR {
    print $0, shared
    next
}

{ print }
