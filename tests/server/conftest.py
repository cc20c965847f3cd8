"""A small shop for the pages, and somebody in every role."""

import pytest

from sojourn.cli.demo import fill_shop
from sojourn.store.database import FOLDER, NOTE
from sojourn.workspace import Workspace


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory):
    """A simulated shop of some hundred people."""
    folder = tmp_path_factory.mktemp("pages") / "shop"
    fill_shop(Workspace(folder), people=400, seed=3)
    return folder


@pytest.fixture
def shop(shop_folder, settings):
    """The shop as the pages' workspace; questions are answered in this process."""
    # It outlives the database that one test has for itself.
    (shop_folder / FOLDER / NOTE).unlink(missing_ok=True)
    settings.SOJOURN_WORKSPACE = shop_folder
    settings.SOJOURN_INLINE = True
    return Workspace(shop_folder)


@pytest.fixture
def nothing(tmp_path, settings):
    """A workspace into which nothing came yet."""
    settings.SOJOURN_WORKSPACE = tmp_path / "new"
    settings.SOJOURN_INLINE = True
    return Workspace(tmp_path / "new")


@pytest.fixture
def people_of_roles(db, django_user_model):
    """An account in each role."""
    make = django_user_model.objects.create_user
    roles = ("viewer", "editor", "owner")
    return {role: make(f"{role}@example.com", "a long sentence", role=role) for role in roles}


@pytest.fixture
def signed_in(client, people_of_roles):
    """Gives a client that is signed in as somebody with a role."""

    def sign_in(role):
        client.force_login(people_of_roles[role])
        return client

    return sign_in
