/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names.h"

typedef GResolver Names;
typedef GResolverClass NamesClass;

static GType names_get_type (void);
G_DEFINE_TYPE (Names, names, G_TYPE_RESOLVER);

static GResolver *previous;

static GList *
look_up (const gchar * name, GError ** error)
{
  if (g_ascii_strcasecmp (name, NAMES_PUBLIC) == 0)
    return g_list_append (NULL, g_inet_address_new_from_string ("127.0.0.1"));
  g_set_error (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
      "Error resolving \"%s\": Name or service not known", name);
  return NULL;
}

static GList *
names_lookup (GResolver * resolver, const gchar * name,
    GCancellable * cancellable, GError ** error)
{
  return look_up (name, error);
}

static GList *
names_lookup_with_flags (GResolver * resolver, const gchar * name,
    GResolverNameLookupFlags flags, GCancellable * cancellable, GError ** error)
{
  /* what this machine has is an IPv4 address */
  if (flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY)
    return look_up ("", error);
  return look_up (name, error);
}

static void
answer (GResolver * resolver, GList * addresses, GError * error,
    GCancellable * cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (resolver, cancellable, callback, data);

  if (addresses)
    g_task_return_pointer (task, addresses,
        (GDestroyNotify) g_resolver_free_addresses);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static void
names_lookup_async (GResolver * resolver, const gchar * name,
    GCancellable * cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GError *error = NULL;
  GList *addresses = look_up (name, &error);

  answer (resolver, addresses, error, cancellable, callback, data);
}

static void
names_lookup_with_flags_async (GResolver * resolver, const gchar * name,
    GResolverNameLookupFlags flags, GCancellable * cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
  GError *error = NULL;
  GList *addresses =
      names_lookup_with_flags (resolver, name, flags, cancellable, &error);

  answer (resolver, addresses, error, cancellable, callback, data);
}

static GList *
names_lookup_finish (GResolver * resolver, GAsyncResult * result,
    GError ** error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
names_class_init (NamesClass * klass)
{
  klass->lookup_by_name = names_lookup;
  klass->lookup_by_name_async = names_lookup_async;
  klass->lookup_by_name_finish = names_lookup_finish;
  klass->lookup_by_name_with_flags = names_lookup_with_flags;
  klass->lookup_by_name_with_flags_async = names_lookup_with_flags_async;
  klass->lookup_by_name_with_flags_finish = names_lookup_finish;
}

static void
names_init (Names * names)
{
}

void
names_install (void)
{
  GResolver *names = g_object_new (names_get_type (), NULL);

  previous = g_resolver_get_default ();
  g_resolver_set_default (names);
  g_object_unref (names);
}

void
names_remove (void)
{
  g_resolver_set_default (previous);
  g_clear_object (&previous);
}
