"""Which photos there are, and where guests see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakureserve.services.restaurants.photos import Photos

PUBLIC = "https://book.example"
SAHIL = "/assets/restaurants/sahil/1.jpg"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos, and much that is none."""
    made = tmp_path / "photos"
    for name in (
        "restaurants/sahil/1.jpg",
        "restaurants/sahil/Zal 2.WEBP",
        "restaurants/sahil/menu.html",
        "restaurants/sahil/plan.svg",
        "restaurants/.hidden/1.jpg",
        ".1.jpg",
        "secret",
    ):
        file = made / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"photo")
    (tmp_path / "outside.jpg").write_bytes(b"secret")
    (made / "out.jpg").symlink_to(tmp_path / "outside.jpg")
    (made / "around").symlink_to(tmp_path)
    (made / "folder.jpg").mkdir()
    return made


@pytest.fixture
def photos(folder: Path) -> Photos:
    return Photos(folder, lambda: PUBLIC)


def test_a_link_becomes_an_absolute_address_or_nothing(photos: Photos) -> None:
    hall = "/assets/restaurants/sahil/Zal%202.WEBP"
    addresses = {
        SAHIL: PUBLIC + SAHIL,
        "restaurants/sahil/1.jpg": PUBLIC + SAHIL,
        f"{SAHIL}?w=300#top": PUBLIC + SAHIL,
        hall: PUBLIC + hall,
        "/assets/restaurants/sahil/Zal 2.WEBP": PUBLIC + hall,
        "https://images.example/1.jpg": "https://images.example/1.jpg",
        "//images.example/1.jpg": "//images.example/1.jpg",
        "http://[odd": "http://[odd",
        "": None,
        "/assets/restaurants/sahil/2.jpg": None,
        "/assets/restaurants/sahil/": None,
        "/assets/restaurants/sahil/menu.html": None,
        "/assets/out.jpg": None,
        "/assets/around/outside.jpg": None,
        "/assets/../outside.jpg": None,
        "/assets/folder.jpg": None,
    }
    assert {link: photos.address(link) for link in addresses} == addresses
    assert photos.addresses(tuple(addresses)) == tuple(filter(None, addresses.values()))


def test_what_is_no_photo_in_the_folder_does_not_exist(photos: Photos, tmp_path: Path) -> None:
    for name in (
        "secret",
        ".1.jpg",
        "restaurants/.hidden/1.jpg",
        "restaurants/sahil/menu.html",
        "restaurants/sahil/plan.svg",
        "restaurants/sahil",
        "",
        "out.jpg",
        "around/outside.jpg",
        "../outside.jpg",
        "restaurants/../restaurants/sahil/1.jpg",
        "folder.jpg",
        "1.jpg\0",
    ):
        assert photos.file(name) is None, name
    assert Photos(tmp_path / "nowhere", lambda: PUBLIC).address(SAHIL) is None


def test_a_photo_that_was_replaced_by_a_link_does_not_exist(photos: Photos, folder: Path) -> None:
    name = "restaurants/sahil/1.jpg"
    assert photos.file(name) == folder / name
    (folder / name).unlink()
    (folder / name).symlink_to(folder.parent / "outside.jpg")
    assert photos.file(name) is None


def test_the_mark_rises_only_when_there_are_other_photos(photos: Photos, folder: Path) -> None:
    photos.look()
    before = photos.mark
    photos.look()
    assert photos.mark == before
    (folder / "new.png").write_bytes(b"photo")
    photos.look()
    assert photos.mark == before + 1
    assert photos.address("/assets/new.png") == f"{PUBLIC}/assets/new.png"
