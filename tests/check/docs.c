/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of docs/veosrc.md say what the element has: not less, not more,
 * and nothing else about it. */
#include <gst/check/gstcheck.h>
#include <string.h>

/* The rows of a table: cells without backquotes. */
typedef GStrv Row;

static gchar *reference;        /* the page */
static GstElement *element;

static void
setup (void)
{
  const gchar *path = g_getenv ("VEO_TEST_REFERENCE");

  fail_unless (path != NULL, "VEO_TEST_REFERENCE is not set");
  fail_unless (g_file_get_contents (path, &reference, NULL, NULL),
      "%s cannot be read", path);
  element = gst_element_factory_make ("veosrc", NULL);
  fail_unless (element != NULL);
}

static void
teardown (void)
{
  g_free (reference);
  gst_object_unref (element);
}

static Row
split_row (const gchar * line)
{
  Row cells = g_strsplit (line + 1, "|", -1);
  guint i;

  for (i = 0; cells[i]; i++) {
    g_strdelimit (cells[i], "`", ' ');
    g_strstrip (cells[i]);
  }
  return cells;
}

/* The rows below the heading, without the table's head; the first table only.
 * Returns: (transfer full) */
static GPtrArray *
read_table (const gchar * heading)
{
  g_autofree gchar *start = g_strdup_printf ("\n%s\n", heading);
  const gchar *section = strstr (reference, start);
  GPtrArray *rows =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_auto (GStrv) lines = NULL;
  guint i, n = 0;

  fail_unless (section != NULL, "there is no heading \"%s\"", heading);
  lines = g_strsplit (section + strlen (start), "\n", -1);
  for (i = 0; lines[i] && *lines[i] != '#'; i++) {
    if (*lines[i] == '|' && n++ >= 2)
      g_ptr_array_add (rows, split_row (lines[i]));
    else if (*lines[i] != '|' && n > 0)
      break;
  }
  fail_unless (rows->len > 0, "no table below \"%s\"", heading);
  return rows;
}

static Row
find_row (GPtrArray * rows, const gchar * name)
{
  guint i;

  for (i = 0; i < rows->len; i++)
    if (g_str_equal (((Row) g_ptr_array_index (rows, i))[0], name))
      return g_ptr_array_index (rows, i);
  return NULL;
}

static gchar *
describe_enum_range (GParamSpec * pspec)
{
  GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;
  GString *range = g_string_new (NULL);
  guint i;

  for (i = 0; i < klass->n_values; i++)
    g_string_append_printf (range, "%s%s", i ? ", " : "",
        klass->values[i].value_nick);
  return g_string_free (range, FALSE);
}

static gchar *
describe_range (GParamSpec * pspec)
{
  if (G_IS_PARAM_SPEC_UINT (pspec))
    return g_strdup_printf ("%u - %u", G_PARAM_SPEC_UINT (pspec)->minimum,
        G_PARAM_SPEC_UINT (pspec)->maximum);
  if (G_IS_PARAM_SPEC_INT (pspec))
    return g_strdup_printf ("%d - %d", G_PARAM_SPEC_INT (pspec)->minimum,
        G_PARAM_SPEC_INT (pspec)->maximum);
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    return describe_enum_range (pspec);
  return g_strdup ("");
}

static gchar *
describe_default (GParamSpec * pspec)
{
  const GValue *value = g_param_spec_get_default_value (pspec);

  if (G_IS_PARAM_SPEC_UINT (pspec))
    return g_strdup_printf ("%u", g_value_get_uint (value));
  if (G_IS_PARAM_SPEC_INT (pspec))
    return g_strdup_printf ("%d", g_value_get_int (value));
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return g_strdup (g_value_get_boolean (value) ? "true" : "false");
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    return g_strdup (g_enum_get_value (G_PARAM_SPEC_ENUM (pspec)->enum_class,
            g_value_get_enum (value))->value_nick);
  if (G_IS_PARAM_SPEC_STRING (pspec) && g_value_get_string (value))
    return g_value_dup_string (value);
  return g_strdup ("-");
}

static const gchar *
describe_type (GParamSpec * pspec)
{
  if (pspec->value_type == GST_TYPE_STRUCTURE)
    return "structure";
  if (G_TYPE_IS_ENUM (pspec->value_type))
    return "enum";
  if (pspec->value_type == G_TYPE_STRING)
    return "string";
  if (pspec->value_type == G_TYPE_BOOLEAN)
    return "boolean";
  return pspec->value_type == G_TYPE_UINT ? "uint" : "int";
}

static const gchar *
describe_access (GParamSpec * pspec)
{
  if (pspec->flags & G_PARAM_READABLE)
    return pspec->flags & G_PARAM_WRITABLE ? "rw" : "r";
  return "w";
}

static void
check_cell (const gchar * name, const gchar * what, const gchar * written,
    const gchar * real)
{
  fail_unless (g_strcmp0 (written, real) == 0,
      "%s: the page says its %s is \"%s\", it is \"%s\"", name, what, written,
      real);
}

static void
check_property (GParamSpec * pspec, Row row)
{
  const gchar *type = describe_type (pspec);
  g_autofree gchar *value = describe_default (pspec);
  g_autofree gchar *range = describe_range (pspec);

  fail_unless (row != NULL, "the page does not have the property %s",
      pspec->name);
  fail_unless_equals_int (g_strv_length (row), 7);
  check_cell (pspec->name, "type", row[1], type);
  check_cell (pspec->name, "default", row[2], value);
  check_cell (pspec->name, "range", row[3], range);
  check_cell (pspec->name, "access", row[4], describe_access (pspec));
  fail_unless (strlen (row[5]) > 10, "%s: no meaning", pspec->name);
  /* the page says that all that can be written can be so in READY */
  fail_unless (!(pspec->flags & G_PARAM_WRITABLE)
      || (pspec->flags & GST_PARAM_MUTABLE_READY));
}

/* Given the page and the element,
 * When their properties are compared,
 * Then each property of veosrc has its row, each row its property, and type,
 * default, range and access agree. */
GST_START_TEST (test_properties)
{
  g_autoptr (GPtrArray) rows = read_table ("## Properties");
  g_autofree GParamSpec **pspecs = NULL;
  guint i, n, own = 0;

  pspecs = g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n);
  for (i = 0; i < n; i++) {
    if (pspecs[i]->owner_type != G_OBJECT_TYPE (element))
      continue;
    own++;
    check_property (pspecs[i], find_row (rows, pspecs[i]->name));
  }
  for (i = 0; i < rows->len; i++) {
    const gchar *name = ((Row) g_ptr_array_index (rows, i))[0];

    fail_unless (g_object_class_find_property (G_OBJECT_GET_CLASS (element),
            name) != NULL, "there is no property %s", name);
  }
  fail_unless_equals_int (rows->len, own);
}

GST_END_TEST;

static void
check_pad_template (GstPadTemplate * template, Row row)
{
  const gchar *name = GST_PAD_TEMPLATE_NAME_TEMPLATE (template);

  fail_unless (row != NULL, "the page does not have the pad %s", name);
  check_cell (name, "direction", row[1],
      GST_PAD_TEMPLATE_DIRECTION (template) == GST_PAD_SRC ? "src" : "sink");
  check_cell (name, "presence", row[2],
      GST_PAD_TEMPLATE_PRESENCE (template) ==
      GST_PAD_SOMETIMES ? "sometimes" : "always");
}

/* Given the page and the element,
 * When their pads are compared,
 * Then both have the same templates. */
GST_START_TEST (test_pads)
{
  g_autoptr (GPtrArray) rows = read_table ("## Pads");
  GList *templates = gst_element_get_pad_template_list (element);
  GList *l;

  for (l = templates; l; l = l->next)
    check_pad_template (l->data, find_row (rows,
            GST_PAD_TEMPLATE_NAME_TEMPLATE (l->data)));
  fail_unless_equals_int (rows->len, g_list_length (templates));
}

GST_END_TEST;

static gchar *
describe_arguments (const GSignalQuery * query)
{
  GString *text = g_string_new (NULL);
  guint i;

  for (i = 0; i < query->n_params; i++)
    g_string_append_printf (text, "%s%s", i ? ", " : "",
        g_type_name (query->param_types[i] & ~G_SIGNAL_TYPE_STATIC_SCOPE));
  return g_string_free (text, FALSE);
}

/* Given the page and the element,
 * When their signals are compared,
 * Then both have the same, with the same arguments. */
GST_START_TEST (test_signals)
{
  g_autoptr (GPtrArray) rows = read_table ("## Signals");
  g_autofree guint *ids = NULL;
  guint i, n;

  ids = g_signal_list_ids (G_OBJECT_TYPE (element), &n);
  for (i = 0; i < n; i++) {
    g_autofree gchar *arguments = NULL;
    GSignalQuery query;
    Row row;

    g_signal_query (ids[i], &query);
    row = find_row (rows, query.signal_name);
    fail_unless (row != NULL, "the page does not have the signal %s",
        query.signal_name);
    arguments = describe_arguments (&query);
    check_cell (query.signal_name, "argument", row[1], arguments);
  }
  fail_unless_equals_int (rows->len, n);
}

GST_END_TEST;

/* Given the page and the element,
 * When the fields of stats are compared,
 * Then both have the same, of the same types. */
GST_START_TEST (test_stats)
{
  g_autoptr (GPtrArray) rows = read_table ("### The fields of stats");
  g_autoptr (GstStructure) stats = NULL;
  gint i;

  g_object_get (element, "stats", &stats, NULL);
  fail_unless (gst_structure_has_name (stats, "veo-stats"));
  for (i = 0; i < gst_structure_n_fields (stats); i++) {
    const gchar *name = gst_structure_nth_field_name (stats, i);
    const gchar *type =
        g_type_name (gst_structure_get_field_type (stats, name));
    Row row = find_row (rows, name);

    fail_unless (row != NULL, "the page does not have the field %s", name);
    check_cell (name, "type", row[1], g_str_equal (type,
            "guint") ? "uint" : type);
  }
  fail_unless_equals_int (rows->len, gst_structure_n_fields (stats));
}

GST_END_TEST;

static Suite *
docs_suite (void)
{
  Suite *s = suite_create ("docs");
  TCase *tc = tcase_create ("reference");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_properties);
  tcase_add_test (tc, test_pads);
  tcase_add_test (tc, test_signals);
  tcase_add_test (tc, test_stats);
  return s;
}

GST_CHECK_MAIN (docs);
