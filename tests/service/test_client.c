/* Who sends a request, with a proxy in between or without. */
#include "service/web/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void local_addresses(void **state)
{
    static const char *const local[] = {"127.0.0.1", "127.9.9.9", "::1"};
    static const char *const others[] = {
        "", "localhost", "10.0.0.1", "::", "::2", "127.1", "127.0.0.1 ", "0.0.0.0"};
    (void)state;
    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        assert_true(ln_web_is_local(local[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(ln_web_is_local(others[i]));
}

static void a_proxy_here_names_the_client(void **state)
{
    static const struct {
        const char *peer, *forwarded, *client;
        int is_proxied;
    } cases[] = {
        {"192.0.2.1", NULL, "192.0.2.1", 0},
        {"192.0.2.1", "192.0.2.9", "192.0.2.1", 0}, /* anyone may say so */
        {"127.0.0.1", NULL, "127.0.0.1", 0},
        {"127.0.0.1", "192.0.2.9", "192.0.2.9", 1},
        {"::1", "10.0.0.1, 192.0.2.9", "192.0.2.9", 1}, /* the proxy adds its own at the end */
        {"127.0.0.1", "10.0.0.1,  2001:db8::1 ", "2001:db8::1", 1},
        {"127.0.0.1", "10.0.0.1, 10.0.0.2, 192.0.2.9", "192.0.2.9", 1},
        {"127.0.0.1", "", "", 1},
        {"127.0.0.1", "192.0.2.9,", "", 1},
        {"127.0.0.1", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1},
    };
    char client[LN_WEB_CLIENT];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(ln_web_find_client(client, cases[i].peer, cases[i].forwarded), cases[i].is_proxied);
        assert_string_equal(client, cases[i].client);
    }
}

static void networks_of_ipv6_are_one_client(void **state)
{
    char network[LN_WEB_CLIENT];
    (void)state;
    ln_web_network(network, "2001:db8:1:2:3:4:5:6");
    assert_string_equal(network, "2001:db8:1:2::");
    ln_web_network(network, "192.0.2.1");
    assert_string_equal(network, "192.0.2.1");
    ln_web_network(network, "x");
    assert_string_equal(network, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_addresses),
        cmocka_unit_test(a_proxy_here_names_the_client),
        cmocka_unit_test(networks_of_ipv6_are_one_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
