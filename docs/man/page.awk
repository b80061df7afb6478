# Turns a page of help into the source of a man page, for scdoc.
# usage: PROGRAM help [COMMAND] | awk -v name=limitnet-encode -v summary="turns a ..." -f page.awk
#
# A page of help is usage, an empty line, and text. In the text, two blanks or more divide a term from its meaning:
#
#   paragraph, or, between an empty line and a list, a title, which has no colon
#     --term X   meaning
#                more of it
#                term   meaning of a term of its own
#                       more of it

function escape(text) {
    gsub(/[\\*_`]/, "\\\\&", text)
    sub(/^[-#.|[\]]/, "\\\\&", text)
    return text
}

function indentation(line) {
    match(line, /^ */)
    return RLENGTH
}

# A term, and its meaning if that is on the same line.
function print_term(line, tabs,    at) {
    at = match(line, /[^ ]  +[^ ]/)
    printf "\n%s*%s*\n", tabs, escape(at ? substr(line, 1, at) : line)
    if (at)
        print tabs "\t" escape(substr(line, at + RLENGTH - 1))
}

function print_line(text, indent, last, next_indent) {
    if (text == "")
        print ""
    else if (indent == 0 && last == "" && next_indent == 2 && text !~ /:$/)
        printf "# %s\n", toupper(text)
    else if (indent == 0)
        printf "%s%s\n", last ~ /^ / ? "\n" : "", escape(text)
    else if (indent == 2) {
        print_term(text, "")
        nested = 0
        column = match(text, /[^ ]  +[^ ]/) ? RSTART + RLENGTH : next_indent
    } else if (text ~ /[^ ]  +[^ ]/) {
        print_term(text, "\t")
        nested = 1
    } else if (indent > column)
        print "\t\t" escape(text)
    else {
        if (nested)
            print ""
        nested = 0
        print "\t" escape(text)
    }
}

{ line[NR] = $0 }

END {
    printf "%s(1)\n\n# NAME\n\n%s - %s\n\n# SYNOPSIS\n\n", name, name, escape(summary)
    for (i = 1; line[i] != ""; i++)
        printf "%s%s", line[i] ~ /^ / ? " " : (i > 1 ? "++\n" : ""), escape(substr(line[i], indentation(line[i]) + 1))
    print "\n\n# DESCRIPTION"
    for (; i <= NR; i++)
        print_line(substr(line[i], indentation(line[i]) + 1), indentation(line[i]), line[i - 1],
            indentation(line[i + 1]))
    printf "\n# SEE ALSO\n\n%s\n", see_also
}
