/* The version of this library. It is written here only: CMake reads it from this file, and the tests compare
 * the descriptions for other build systems with it. */
#ifndef LIMITNET_VERSION_H
#define LIMITNET_VERSION_H

#define LN_VERSION_MAJOR 0
#define LN_VERSION_MINOR 1
#define LN_VERSION_PATCH 0

/* The same as text: "0.1.0". */
#define LN_VERSION LN_VERSION_TEXT(LN_VERSION_MAJOR, LN_VERSION_MINOR, LN_VERSION_PATCH)
#define LN_VERSION_TEXT(major, minor, patch) LN_VERSION_JOIN(major, minor, patch)
#define LN_VERSION_JOIN(major, minor, patch) #major "." #minor "." #patch

#endif
