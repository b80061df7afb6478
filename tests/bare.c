/* Around a test's main() where there is no operating system: the debugger's or QEMU's files for the C
 * library. */
void initialise_monitor_handles(void);
int test_main(void);
int main(void);

int main(void)
{
    initialise_monitor_handles();
    return test_main();
}
