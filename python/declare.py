"""Writes the C source of limitnet._limitnet: cffi's glue around the public headers, which are the only declarations.

usage: declare.py COMPILER SOURCE_FOLDER OUTPUT.c
"""

import pathlib
import re
import subprocess
import sys

import cffi

HEADERS = ["limitnet/core.h", "limitnet/device.h", "limitnet/link.h", "limitnet/cloud.h", "host/send.h"]
MARK = re.compile(r'# \d+ "(.*?)"')
KERNEL = re.compile(r"extern const ln_kernel ln_kernel_\w+;")  # of a type without fields; ln_all_kernels is enough
DEFINE = re.compile(r"#define (LN_\w+) (?:0x)?\d", re.MULTILINE)

# Functions of receivers' settings that are written in Python.
CALLBACKS = """
extern "Python" const ln_model *python_model_of(void *context, uint64_t device);
extern "Python" void python_closed(void *context, const ln_image *image, ln_close_reason reason);
static char *const LN_DEFAULT_MODEL;
"""


def preprocess(compiler, folders, text):
    """What the compiler sees of our headers, without those of the system."""
    command = [compiler, "-E", "-x", "c", *(f"-I{folder}" for folder in folders), "-"]
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    ours, kept = False, []
    for line in result.splitlines():
        if mark := MARK.match(line):
            ours = any(mark[1] == f"{folder}/{name}" for folder in folders for name in HEADERS)
        elif ours and not line.startswith("#"):
            kept.append(line)
    return KERNEL.sub("", "\n".join(kept))


def main():
    compiler, source, output = sys.argv[1:]
    folders = [pathlib.Path(source, "include"), pathlib.Path(source, "src")]
    includes = "".join(f"#include <{name}>\n" for name in HEADERS)
    public = "".join(path.read_text() for path in sorted(folders[0].glob("limitnet/*.h")))
    constants = "".join(f"#define {name} ...\n" for name in dict.fromkeys(DEFINE.findall(public)))
    builder = cffi.FFI()
    builder.cdef(preprocess(compiler, folders, includes) + "\n" + constants + CALLBACKS)
    builder.set_source("limitnet._limitnet", includes)
    builder.emit_c_code(output)


if __name__ == "__main__":
    main()
