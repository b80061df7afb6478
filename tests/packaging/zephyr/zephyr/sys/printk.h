/* Stands in for Zephyr. */
#include <stdio.h>

#define printk printf
