/* Fields of forms and queries, cookies, and whose a form is. */
#include "service/support_request.h"

#include "service/login/cookie.h"
#include "service/login/csrf.h"
#include "service/web/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *const form[] = {"Content-Type", "application/x-www-form-urlencoded", NULL};

typedef struct field_case {
    const char *fields;
    const char *value; /* of the field "name", which has room for 7 characters; null: it is refused */
} field_case;

static void fields_are_read_or_refused(void **state)
{
    static const field_case cases[] = {
        {"name=eve", "eve"},
        {"a=b&name=eve", "eve"},
        {"name=eve&name=adam", "eve"},
        {"name=", ""},
        {"name=a+b%2Bc", "a b+c"},
        {"name=%41%e2%82%AC", "A\u20ac"},
        {"name=1234567", "1234567"},
        {"name=12345678", NULL},
        {"name=%31234567", "1234567"},
        {"name=%312345678", NULL},
        {"name", NULL},
        {"names=eve", NULL},
        {"aname=eve", NULL},
        {"a=name=eve", NULL},
        {"", NULL},
        {"&&&", NULL},
        {"name=%", NULL},
        {"name=%4", NULL},
        {"name=%4&x=1", NULL},
        {"name=%4g", NULL},
        {"name=%00", NULL},
        {"name=a%00b", NULL},
        {"name=%ff", NULL},
        {"name=%c0%af", NULL},       /* '/' in two bytes */
        {"name=%ed%a0%80", NULL},    /* half a pair of UTF-16 */
        {"name=%f4%90%80%80", NULL}, /* beyond Unicode */
        {"name=%f0%9f%90%88", "\U0001f408"},
        {"name=%e2%82", NULL},
        {"name=%80", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ln_web_request request = fake_request(form, cases[i].fields, cases[i].fields);
        char in_form[8] = "before", in_query[8] = "before";
        const int wanted = cases[i].value != NULL;
        if (ln_form_field(&request, "name", in_form, sizeof in_form) != wanted ||
            ln_query_field(&request, "name", in_query, sizeof in_query) != wanted)
            fail_msg("'%s' is %s", cases[i].fields, wanted ? "refused" : "taken");
        assert_string_equal(in_form, wanted ? cases[i].value : "");
        assert_string_equal(in_query, in_form);
    }
}

static void only_forms_have_fields(void **state)
{
    static const char *const types[][2] = {{"application/x-www-form-urlencoded; charset=utf-8", "eve"},
                                           {"APPLICATION/X-WWW-FORM-URLENCODED", "eve"},
                                           {"application/x-www-form-urlencodedx", ""},
                                           {"text/plain", ""},
                                           {"multipart/form-data", ""},
                                           {"", ""}};
    char value[8];
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const char *const headers[] = {"content-type", types[i][0], NULL};
        const ln_web_request request = fake_request(headers, "name=eve", "");
        ln_form_field(&request, "name", value, sizeof value);
        assert_string_equal(value, types[i][1]);
    }
    const char *const nothing[] = {NULL};
    const ln_web_request without = fake_request(nothing, "name=eve", ""),
                         empty = fake_request(form, NULL, "");
    assert_false(ln_form_field(&without, "name", value, sizeof value));
    assert_false(ln_form_field(&empty, "name", value, sizeof value));
}

static void cookies_are_found_by_their_whole_name(void **state)
{
    static const char *const cases[][2] = {{"a=1", "1"},       {"b=2; a=1", "1"}, {"b=2;a=1;c=3", "1"},
                                           {"a=1; a=2", "1"},  {"aa=2", ""},      {"b=a=1", ""},
                                           {"a", ""},          {"", ""},          {";;; =;a=1", "1"},
                                           {"a=", ""},         {"A=1", ""},       {"a=1234567", "1234567"},
                                           {"a=12345678", ""}, {"__Host-a=2", ""}};
    char value[8];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const headers[] = {"Cookie", cases[i][0], NULL};
        const ln_web_request request = fake_request(headers, NULL, "");
        ln_cookie_read(&request, "a", value, sizeof value);
        if (strcmp(value, cases[i][1]))
            fail_msg("'%s': '%s' and not '%s'", cases[i][0], value, cases[i][1]);
    }
    const char *const secure[] = {"X-Forwarded-Proto", "https", "Cookie", "a=1; __Host-a=2", NULL};
    const ln_web_request request = fake_request(secure, NULL, "");
    assert_true(ln_cookie_read(&request, "a", value, sizeof value));
    assert_string_equal(value, "2");
}

static int is_ours(const char *const *headers, const char *body, const char *csrf)
{
    ln_visitor visitor = {.role = LN_ROLE_ADMIN};
    const ln_web_request request = fake_request(headers, body, "");
    strncpy(visitor.csrf, csrf, sizeof visitor.csrf - 1);
    return ln_csrf_is_ours(&request, &visitor);
}

#define FORM "Content-Type", "application/x-www-form-urlencoded", "Host", "here:80"

static void a_form_is_ours_or_not(void **state)
{
    static const char *const plain[] = {FORM, NULL};
    static const char *const same[] = {FORM, "Sec-Fetch-Site", "same-origin", "Origin", "null", NULL};
    static const char *const cross[] = {FORM,     "Sec-Fetch-Site", "cross-site",
                                        "Origin", "http://here:80", NULL};
    static const char *const own[] = {FORM, "Origin", "https://HERE:80", NULL};
    static const char *const other[] = {FORM, "Origin", "https://here:80.evil", NULL};
    static const char *const port[] = {FORM, "Origin", "https://here", NULL};
    (void)state;
    assert_true(is_ours(plain, "csrf=token", "token"));
    assert_true(is_ours(same, "csrf=token", "token"));
    assert_true(is_ours(own, "csrf=token", "token"));
    assert_false(is_ours(cross, "csrf=token", "token"));
    assert_false(is_ours(other, "csrf=token", "token"));
    assert_false(is_ours(port, "csrf=token", "token"));
    assert_false(is_ours(plain, "csrf=token", "tokem"));
    assert_false(is_ours(plain, "csrf=toke", "token"));
    assert_false(is_ours(plain, "csrf=", "token"));
    assert_false(is_ours(plain, "csrf=", ""));
    assert_false(is_ours(plain, "", ""));
    assert_false(is_ours(plain, NULL, "token"));
}

/* A header that does not fit is not cut: the answer is not sent. */
static void headers_fit_or_fail(void **state)
{
    char longest[256];
    ln_web_answer answer = {.status = 200};
    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[255] = 0;
    for (int i = 0; i < LN_WEB_EXTRA; i++)
        ln_web_header(&answer, "X-Test", "%s", longest);
    assert_false(answer.body.failed);
    assert_string_equal(answer.headers[LN_WEB_EXTRA - 1].value, longest);
    ln_web_header(&answer, "X-Test", "one too many");
    assert_true(answer.body.failed);
    answer = (ln_web_answer){.status = 200};
    ln_web_header(&answer, "X-Test", "%sy", longest);
    assert_true(answer.body.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_or_refused),
        cmocka_unit_test(only_forms_have_fields),
        cmocka_unit_test(cookies_are_found_by_their_whole_name),
        cmocka_unit_test(a_form_is_ours_or_not),
        cmocka_unit_test(headers_fit_or_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
