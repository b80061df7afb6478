/* How large structs with pointers are where pointers have another size than here: `limitnet model to-c`
 * writes sizes of memory for other processors. */
#ifndef LN_CORE_LAYOUT_H
#define LN_CORE_LAYOUT_H

/* A struct whose largest members are pointers is as long as they and the rest, rounded up to a whole pointer.
 */
#define LN_ALIGNED(bytes, pointer) (((bytes) + (pointer)-1) / (pointer) * (pointer))

/* Does not compile unless a struct is as large here as its formula says. */
#define LN_CHECK_BYTES(type, formula) typedef char type##_has_these_bytes[sizeof(type) == (formula) ? 1 : -1];

#endif
