from pathlib import Path

from django.contrib import admin

from standfirst.edge.static import Static
from standfirst.site.package_files import package_files


def test_what_the_admin_and_allauth_need_is_served(tmp_path: Path) -> None:
    static = Static(tmp_path, package_files())
    for name in ("admin/css/base.css", "admin/js/theme.js", "admin/img/icon-yes.svg", "mfa/js/webauthn.js"):
        assert static.get(name) is not None, name


def test_nothing_but_their_static_folders_is_there(tmp_path: Path) -> None:
    static = Static(tmp_path, package_files())
    assert Path(admin.__file__).is_file()
    for name in (
        "admin/__init__.py",
        "__init__.py",
        "admin/../../options.py",
        "admin/css",
        "templates/admin/base.html",
    ):
        assert static.get(name) is None, name
