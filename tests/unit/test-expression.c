/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expressions: precedence, arguments, faults with their columns, text and back: config/expression.h. */
#include "config/expression.h"
#include "fake-plugins.h"
#include "harness.h"
#include <string.h>

/* The tree as text with every operation in parentheses, to see its shape. */
static void
append_shape (GString *out, const Expression *expression)
{
  if (expression->type == EXPRESSION_CALL)
    {
      g_string_append (out, expression->name);
      for (guint i = 0; i < expression->arguments->len; i++)
        {
          const ExpressionArgument *argument = expression->arguments->pdata[i];
          g_string_append_printf (out, "%s%s%s<%s>", i > 0 ? "," : ":",
                                  argument->name != NULL ? argument->name : "",
                                  argument->name != NULL ? "=" : "", argument->text);
        }
      return;
    }
  g_string_append_c (out, '(');
  for (guint i = 0; i < expression->children->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, expression->type == EXPRESSION_AND ? '&' : '|');
      append_shape (out, expression->children->pdata[i]);
    }
  g_string_append_c (out, ')');
}

static char *
shape_of (const Expression *expression)
{
  GString *out = g_string_new (NULL);
  append_shape (out, expression);
  return g_string_free (out, FALSE);
}

static void
check_shape (const char *text, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Expression) expression = expression_parse (text, &error);
  TEST_NO_ERROR (error);
  if (expression == NULL)
    return;
  g_autofree char *shape = shape_of (expression);
  TEST_STR (shape, expected);
}

static void
test_precedence (void)
{
  check_shape ("A", "A");
  check_shape ("A()", "A");
  check_shape (" ( ( A ( ) ) ) ", "A");
  check_shape ("A & B", "(A&B)");
  check_shape ("A | B & C", "(A|(B&C))");
  check_shape ("A & B | C", "((A&B)|C)");
  check_shape ("A & B | C & D | E", "((A&B)|(C&D)|E)");
  check_shape ("A & (B | C) & D", "(A&(B|C)&D)");
  check_shape ("A & B & C", "(A&B&C)");
  check_shape ("(A & B) & C", "((A&B)&C)");
  check_shape ("A | (B | C)", "(A|(B|C))");
  check_shape ("(A | B)", "(A|B)");
  check_shape ("\tA\n&\rB", "(A&B)");
}

static void
test_arguments (void)
{
  check_shape ("A(1, -2.5e3, key=x)", "A:<1>,<-2.5e3>,key=<x>");
  check_shape ("A(1,0.01)", "A:<1>,<0.01>");
  check_shape ("A( key = auto )", "A:key=<auto>");
  check_shape ("A(path/to.file, b#c;d)", "A:<path/to.file>,<b#c;d>");
  check_shape ("A(\"two words\", b=\"\")", "A:<two words>,b=<>");
  check_shape ("A(\"q\\\"u\\\\o\\nt\\te\")", "A:<q\"u\\o\nt\te>");
  check_shape ("A([1, 2.5 ,-inf])", "A:<1, 2.5, -inf>");
  check_shape ("A(x=[])", "A:x=<>");
  check_shape ("A([ 7 ])", "A:<7>");
  check_shape ("Typ-e_2(gr\xc3\xbc\xc3\x9f)", "Typ-e_2:<gr\xc3\xbc\xc3\x9f>");
  check_shape ("A(a\\b)", "A:<a\\b>");
}

static void
check_fault (const char *text, guint column, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Expression) expression = expression_parse (text, &error);
  CU_ASSERT (expression == NULL);
  CU_ASSERT (g_error_matches (error, GLOMPO_CONFIG_ERROR, GLOMPO_CONFIG_ERROR_INVALID));
  const char *message = error != NULL ? error->message : "";
  g_autofree char *start = g_strdup_printf ("column %u: ", column);
  TEST_CONTAINS (message, start);
  TEST_CONTAINS (message, part);
  const char *caret = strrchr (message, '\n');
  TEST_INT (caret != NULL ? g_utf8_strlen (caret + 1, -1) : 0, 2 + (glong) column);
  CU_ASSERT (g_str_has_suffix (message, "^"));
}

static void
test_faults (void)
{
  check_fault ("", 1, "found the end, wanted a name or '('");
  check_fault ("  ", 3, "found the end, wanted a name");
  check_fault ("A &", 4, "found the end, wanted a name or '('");
  check_fault ("A & | B", 5, "found '|', wanted a name");
  check_fault ("& A", 1, "found '&', wanted a name");
  check_fault ("A B", 3, "found 'B', wanted '&', '|' or the end");
  check_fault ("A)", 2, "found ')', wanted '&', '|' or the end");
  check_fault ("(A | B", 7, "wanted '&', '|' or the ')' for the '(' of column 1");
  check_fault ("()", 2, "found ')', wanted a name");
  check_fault ("A(", 3, "found the end, wanted a number, a word");
  check_fault ("A(1", 4, "found the end, wanted ',' or ')'");
  check_fault ("A(1,)", 5, "found ')', wanted a number, a word");
  check_fault ("A(,1)", 3, "found ','");
  check_fault ("A(1 2)", 5, "found '2', wanted ',' or ')'");
  check_fault ("A(k=)", 5, "found ')', wanted a number, a word");
  check_fault ("A(k=1=2)", 6, "found '=', wanted ',' or ')'");
  check_fault ("A(1=2)", 4, "found '=', wanted ',' or ')'");
  check_fault ("A(k=1, 2)", 8, "behind one with a name, wanted NAME=");
  check_fault ("A(\"open)", 3, "never closed");
  check_fault ("A(\"a\\x\")", 6, "found 'x', wanted one of");
  check_fault ("A(\"a\\", 6, "found the end, wanted one of");
  check_fault ("A([1,])", 6, "found ']', wanted a number of a list");
  check_fault ("A([1 2])", 6, "found '2', wanted ',' or ']'");
  check_fault ("A([x])", 4, "found 'x', wanted a number of a list");
  check_fault ("A([nan])", 4, "wanted a number of a list");
  check_fault ("A([1", 5, "found the end, wanted ',' or ']'");
  check_fault ("1A", 1, "found '1', wanted a name");
  check_fault ("A(\xc3\xa9\xc3\xa9 b)", 6, "found 'b'");
  check_fault ("A \xc3\xa9", 3, "found '\xc3\xa9', wanted '&'");
  check_fault ("A && B", 4, "found '&', wanted a name");
  check_fault ("!A", 1, "found '!'");
  check_fault ("A(1(1))", 4, "found '(', wanted ',' or ')'");
  check_fault ("A(B(1)", 7, "found the end, wanted ',' or ')'");
  check_fault ("A(B&)", 5, "found ')', wanted a name or '('");
}

static void
test_fault_lines (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Expression) expression = expression_parse ("First(1) & Second(2", &error);
  CU_ASSERT (expression == NULL);
  TEST_STR (error->message, "column 20: found the end, wanted ',' or ')' behind an argument\n"
                            "  First(1) & Second(2\n"
                            "                     ^");
  g_clear_error (&error);
  /* A tab stays a tab, a wide character is two columns of the terminal. */
  g_autofree char *fault = expression_fault ("a\t\xe4\xb8\xad!", 4, "x");
  TEST_STR (fault, "column 4: x\n  a\t\xe4\xb8\xad!\n   \t  ^");
  /* Of a long text only the surroundings are shown. */
  g_autofree char *longer = g_strnfill (1000, 'x');
  g_autofree char *cut = expression_fault (longer, 500, "here");
  CU_ASSERT (strlen (cut) < 250);
  CU_ASSERT (expression_parse ("A(\xff)", &error) == NULL);
  TEST_STR (error->message, "byte 3: found \\xff, wanted UTF-8");
}

static char *
nested (guint depth)
{
  g_autofree char *open = g_strnfill (depth, '('), *close = g_strnfill (depth, ')');
  return g_strconcat (open, "A", close, NULL);
}

static void
test_depth (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *deepest = nested (EXPRESSION_DEEPEST);
  check_shape (deepest, "A");
  g_autofree char *deeper = nested (EXPRESSION_DEEPEST + 1);
  CU_ASSERT (expression_parse (deeper, &error) == NULL);
  TEST_CONTAINS (error->message, "column 201: found more than 200 parentheses one in the other");
  g_clear_error (&error);
  g_autofree char *million = nested (1000000);
  CU_ASSERT (expression_parse (million, &error) == NULL);
  TEST_CONTAINS (error->message, "column 201: found more than 200");
}

static gboolean
equal (const Expression *a, const Expression *b)
{
  if (a->type != b->type)
    return FALSE;
  if (a->type != EXPRESSION_CALL)
    {
      gboolean same = a->children->len == b->children->len;
      for (guint i = 0; same && i < a->children->len; i++)
        same = equal (a->children->pdata[i], b->children->pdata[i]);
      return same;
    }
  gboolean same = g_str_equal (a->name, b->name) && a->arguments->len == b->arguments->len;
  for (guint i = 0; same && i < a->arguments->len; i++)
    {
      const ExpressionArgument *left = a->arguments->pdata[i], *right = b->arguments->pdata[i];
      same = g_strcmp0 (left->name, right->name) == 0 && g_str_equal (left->text, right->text)
             && (left->nested == NULL) == (right->nested == NULL)
             && (left->nested == NULL || equal (left->nested, right->nested));
    }
  return same;
}

static char *
random_text (GRand *rand, const char *alphabet, int least, int most)
{
  int n = g_rand_int_range (rand, least, most + 1);
  GString *text = g_string_new (NULL);
  glong letters = g_utf8_strlen (alphabet, -1);
  for (int i = 0; i < n; i++)
    {
      const char *letter = g_utf8_offset_to_pointer (alphabet, g_rand_int_range (rand, 0, (gint32) letters));
      g_string_append_unichar (text, g_utf8_get_char (letter));
    }
  return g_string_free (text, FALSE);
}

static char *
random_name (GRand *rand)
{
  g_autofree char *first = random_text (rand, G_CSET_A_2_Z G_CSET_a_2_z, 1, 1);
  g_autofree char *rest = random_text (rand, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-", 0, 8);
  return g_strconcat (first, rest, NULL);
}

static char *
random_value (GRand *rand)
{
  if (g_rand_int_range (rand, 0, 4) == 0)
    return g_strdup_printf ("%d, %d", g_rand_int_range (rand, -9, 9), g_rand_int_range (rand, -9, 9));
  if (g_rand_boolean (rand))
    return random_text (rand, G_CSET_DIGITS "-+.einfa", 1, 8);
  return random_text (rand, "a1 ,()[]\"\\&|=#;.\t\n\x01\x7f\xc3\xa9\xe4\xb8\xad", 0, 12);
}

static Expression *random_tree (GRand *rand, int depth);

static Expression *
random_call (GRand *rand, int depth)
{
  Expression *call = g_new0 (Expression, 1);
  call->type = EXPRESSION_CALL;
  call->name = random_name (rand);
  call->arguments = g_ptr_array_new_with_free_func ((GDestroyNotify) expression_argument_free);
  int n = g_rand_int_range (rand, 0, 4), named = g_rand_int_range (rand, 0, n + 1);
  for (int i = 0; i < n; i++)
    {
      ExpressionArgument *argument = g_new0 (ExpressionArgument, 1);
      argument->name = i >= named ? random_name (rand) : NULL;
      if (depth > 0 && g_rand_int_range (rand, 0, 5) == 0)
        argument->nested = random_tree (rand, depth - 1);
      argument->text
          = argument->nested != NULL ? expression_to_string (argument->nested) : random_value (rand);
      g_ptr_array_add (call->arguments, argument);
    }
  return call;
}

static Expression *
random_tree (GRand *rand, int depth)
{
  if (depth == 0 || g_rand_int_range (rand, 0, 3) == 0)
    return random_call (rand, depth);
  Expression *node = g_new0 (Expression, 1);
  node->type = g_rand_boolean (rand) ? EXPRESSION_AND : EXPRESSION_OR;
  node->children = g_ptr_array_new_with_free_func ((GDestroyNotify) expression_free);
  int n = g_rand_int_range (rand, 2, 5);
  for (int i = 0; i < n; i++)
    g_ptr_array_add (node->children, random_tree (rand, depth - 1));
  return node;
}

static void
test_print_and_parse (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  int different = 0;
  for (int i = 0; i < 10000; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Expression) tree = random_tree (rand, 4);
      g_autofree char *text = expression_to_string (tree);
      g_autoptr (Expression) back = expression_parse (text, &error);
      if ((back == NULL || !equal (tree, back)) && different++ < 5)
        TEST_STR (text, error != NULL ? error->message : "a text that gives the same tree");
    }
  TEST_INT (different, 0);
}

/* Damaged texts are refused or read, never more. */
static void
test_damaged (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  int good = 0;
  for (int i = 0; i < 5000; i++)
    {
      g_autoptr (Expression) tree = random_tree (rand, 3);
      g_autofree char *text = expression_to_string (tree);
      gsize n = strlen (text);
      for (int k = g_rand_int_range (rand, 1, 4); k > 0; k--)
        text[g_rand_int_range (rand, 0, (gint32) n)] = (char) g_rand_int_range (rand, 1, 256);
      g_autoptr (GError) error = NULL;
      g_autoptr (Expression) back = expression_parse (text, &error);
      CU_ASSERT_FATAL ((back == NULL) == (error != NULL));
      good += back != NULL;
    }
  CU_ASSERT (good > 0 && good < 5000);
}

static void
check_print (const char *text, const char *expected)
{
  g_autoptr (Expression) expression = expression_parse (text, NULL);
  CU_ASSERT_FATAL (expression != NULL);
  g_autofree char *printed = expression_to_string (expression);
  TEST_STR (printed, expected);
}

static void
test_print (void)
{
  check_print ("A( B & C , G(), H, n=(D|E) & F)", "A(B() & C(), G(), H, n=(D() | E()) & F())");
  check_print ("A(B(1)&\n(C), \"B(1)\")", "A(B(1) & C(), \"B(1)\")");
  check_print ("A", "A()");
  check_print ("((A)&(B))|C", "A() & B() | C()");
  check_print ("A&(B|C)", "A() & (B() | C())");
  check_print ("(A&B)&C", "(A() & B()) & C()");
  check_print ("A(\"plain\", x = [1,2])", "A(plain, x=[1, 2])");
  check_print ("A(\"1,2\", \"a b\", \"\")", "A(\"1,2\", \"a b\", \"\")");
}

/* Resolves text; the text that the resolved tree prints, or all faults. */
static char *
resolve (const char *text, GlompoKind kind)
{
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Expression) expression = expression_parse (text, NULL);
  CU_ASSERT_FATAL (expression != NULL);
  expression_resolve (expression, kind, registry, text, faults);
  if (faults->len == 0)
    return expression_to_string (expression);
  g_ptr_array_add (faults, NULL);
  return g_strjoinv ("\n", (char **) faults->pdata);
}

static void
check_resolved (const char *text, GlompoKind kind, const char *expected)
{
  g_autofree char *result = resolve (text, kind);
  TEST_STR (result, expected);
}

static void
test_resolve (void)
{
  check_resolved ("MaxFuncCalls(100000) | TargetCost(-8379.6577, atol=1e-3)", GLOMPO_KIND_CHECKER,
                  "MaxFuncCalls(fmax=100000) | TargetCost(target=-8379.6577, atol=0.001)");
  check_resolved ("KillsAfterConvergence", GLOMPO_KIND_CHECKER,
                  "KillsAfterConvergence(n_killed=0, n_converged=1)");
  check_resolved (
      "EvaluationsUnmoving(tol=0.5, calls=1e3) & ValueAnnealing(0.1) | BestUnmoving(6666, tol=0.2)",
      GLOMPO_KIND_HUNTER,
      "EvaluationsUnmoving(calls=1000, tol=0.5) & ValueAnnealing(med_kill_chance=0.1) | "
      "BestUnmoving(calls=6666, tol=0.2)");
  check_resolved ("TypeHunter(\"a b\")", GLOMPO_KIND_HUNTER, "TypeHunter(text=\"a b\")");
  check_resolved ("SinglePointGenerator([1, 2])", GLOMPO_KIND_GENERATOR, "SinglePointGenerator(x=[1, 2])");
  check_resolved ("SinglePointGenerator(auto)", GLOMPO_KIND_GENERATOR, "SinglePointGenerator(x=auto)");
  check_resolved ("(RandomGenerator)", GLOMPO_KIND_GENERATOR, "RandomGenerator()");
}

static void
test_resolve_options (void)
{
  g_autoptr (GlompoRegistry) registry = fake_registry_new ();
  g_autoptr (GPtrArray) faults = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (Expression) expression = expression_parse ("MaxFuncCalls(5)", NULL);
  expression_resolve (expression, GLOMPO_KIND_CHECKER, registry, "MaxFuncCalls(5)", faults);
  TEST_INT (faults->len, 0);
  TEST_STR (expression->plugin->name, "MaxFuncCalls");
  const char *data = options_data (expression->options);
  gint64 fmax = 0;
  memcpy (&fmax, data + expression->plugin->options[0].offset, sizeof fmax);
  TEST_INT (fmax, 5);
}

static void
check_unresolved (const char *text, GlompoKind kind, const char *const *parts)
{
  g_autofree char *result = resolve (text, kind);
  for (; *parts != NULL; parts++)
    TEST_CONTAINS (result, *parts);
}

#define PARTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
test_resolve_faults (void)
{
  check_unresolved ("MaxFuncCalls(1, 2)", GLOMPO_KIND_CHECKER,
                    PARTS ("column 17: found argument number 2, wanted at most 1: MaxFuncCalls(fmax)",
                           "\n                  ^"));
  check_unresolved ("TargetCost(1, target=2)", GLOMPO_KIND_CHECKER,
                    PARTS ("column 15: found the argument target of TargetCost twice, wanted it once"));
  check_unresolved ("TargetCost(target=1, target=2)", GLOMPO_KIND_CHECKER,
                    PARTS ("column 22: found the argument target of TargetCost twice"));
  check_unresolved ("TargetCost(1, atoll=2)", GLOMPO_KIND_CHECKER,
                    PARTS ("column 15: atoll of TargetCost: unknown option 'atoll'; did you mean 'atol'?"));
  check_unresolved ("TargetCost(abc)", GLOMPO_KIND_CHECKER,
                    PARTS ("column 12: target of TargetCost: found 'abc', wanted a real number"));
  check_unresolved ("TargetCost(1, -1)", GLOMPO_KIND_CHECKER,
                    PARTS ("atol of TargetCost: found '-1', wanted a real number of at least 0"));
  check_unresolved ("TargetCost(nan)", GLOMPO_KIND_CHECKER, PARTS ("found 'nan', wanted a real number"));
  check_unresolved (
      "TargetCost(atol=1)", GLOMPO_KIND_CHECKER,
      PARTS ("column 1: TargetCost: found no value for target, wanted TargetCost(target, atol=1e-6)"));
  check_unresolved ("MaxFuncCall(1)", GLOMPO_KIND_CHECKER,
                    PARTS ("MaxFuncCall", "did you mean \"MaxFuncCalls\"?"));
  check_unresolved ("BestUnmoving(3) | MaxFuncCalls(1)", GLOMPO_KIND_HUNTER,
                    PARTS ("column 19: ", "MaxFuncCalls", "checker", "hunter"));
  check_unresolved ("CycleSelector | RandomSelector", GLOMPO_KIND_SELECTOR,
                    PARTS ("found several joined by & or |, wanted a single selector"));
  check_unresolved ("RandomGenerator(1)", GLOMPO_KIND_GENERATOR,
                    PARTS ("found argument number 1, wanted at most 0: RandomGenerator()"));
  /* All at once. */
  check_unresolved ("Nix() & BestUnmoving(0, tol=x) | ValueAnnealing(2)", GLOMPO_KIND_HUNTER,
                    PARTS ("column 1: ", "column 22: ", "column 25: ", "column 49: "));
}

static const TestCase cases[] = {
  { "precedence", test_precedence },
  { "arguments", test_arguments },
  { "faults", test_faults },
  { "lines of a fault", test_fault_lines },
  { "depth", test_depth },
  { "print and parse", test_print_and_parse },
  { "damaged", test_damaged },
  { "print", test_print },
  { "resolve", test_resolve },
  { "resolve: options", test_resolve_options },
  { "resolve: faults", test_resolve_faults },
};
TEST_MAIN ("expression", cases)
