/* Sizes of structs on processors whose pointers have another size: `limitnet model to-c` writes sizes of
 * memory for them. */
#ifndef LN_CORE_LAYOUT_H
#define LN_CORE_LAYOUT_H

/* Rounds a struct's size up to whole pointers, if they are its largest members.
 */
#define LN_ALIGNED(bytes, pointer) (((bytes) + (pointer)-1) / (pointer) * (pointer))

/* Does not compile unless a struct is as large here as its formula says. */
#define LN_CHECK_BYTES(type, formula) typedef char type##_has_these_bytes[sizeof(type) == (formula) ? 1 : -1];

#endif
