/* What the compiler is told. */
#ifndef LN_CORE_COMPILER_H
#define LN_CORE_COMPILER_H

/* For functions whose stack must not add to that of what their caller does next, and for loops whose
 * variables must not compete with their caller's for registers. */
#ifdef __GNUC__
#define LN_NOT_INLINE __attribute__((noinline))
#else
#define LN_NOT_INLINE
#endif

#endif
