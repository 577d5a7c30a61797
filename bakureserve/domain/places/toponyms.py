"""What parts of Baku are called besides the name that a restaurant gives: in Azerbaijani, and in
Russian where that is neither a translation word by word nor the same letters."""

from __future__ import annotations

from collections.abc import Iterator

from bakureserve.domain.text import fold

NAMES: tuple[tuple[str, ...], ...] = (
    ("28 May", "28 Мая"),
    ("Ahmadli", "Əhmədli", "Ахмедлы"),
    ("Badamdar", "Бадамдар"),
    ("Baku", "Bakı", "Баку"),
    ("Bibi-Heybat", "Bibiheybət", "Биби-Эйбат"),
    ("Bilgah", "Bilgəh", "Бильгя"),
    ("Black City", "Qara şəhər", "Чёрный город"),
    ("Flame Towers", "Alov qüllələri", "Пламенные башни"),
    ("Fountain Square", "Fəvvarələr meydanı", "площадь Фонтанов"),
    ("Ganjlik", "Gənclik", "Гянджлик"),
    ("Khatai", "Xətai", "Хатаи"),
    ("Mardakan", "Mərdəkan", "Мардакян"),
    ("Narimanov", "Nərimanov", "Нариманов"),
    ("Nasimi", "Nəsimi", "Насими"),
    ("Nizami Street", "Nizami küçəsi", "улица Низами", "Torqovı", "Торговая"),
    ("Novkhani", "Novxanı", "Новханы"),
    ("Old City", "İçərişəhər", "İçəri şəhər", "Ичеришехер", "Старый город"),
    ("Port Baku", "Порт Баку"),
    ("Seaside Boulevard", "Dənizkənarı bulvar", "Приморский бульвар"),
    ("Shuvelan", "Şüvəlan", "Шувелан"),
    ("White City", "Ağ şəhər", "Белый город"),
)
_OTHERS = {
    fold(name): tuple(other for other in names if other != name)
    for names in NAMES
    for name in names
}


def other_names(text: str) -> Iterator[str]:
    """What the places that a name or an address speaks of are called as well."""
    folded = f" {fold(text).replace(',', ' ')} "
    for name, others in _OTHERS.items():
        if f" {name} " in folded:
            yield from others
