"""Makes `config.admin_site.Administration` the site that the admin's modules register with."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    """Django's admin app with the registry's own site."""

    default_site = "config.admin_site.Administration"
