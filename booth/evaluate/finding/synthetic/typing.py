"""Types a product's name as a person would: words left out, swapped and shortened, keys missed."""

from __future__ import annotations

import unicodedata
from random import Random

from booth.domain.product import Product
from booth.evaluate.finding.synthetic.noise import MIN_WORDS, TYPED, Noise
from booth.evaluate.finding.synthetic.sizes import read_size, units_of, written

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ACCENTED = {"a": "áàä", "e": "éèê", "i": "íï", "o": "óöô", "u": "úü"}


def typed(product: Product, rng: Random, noise: Noise = TYPED) -> str:
    """What somebody types who seeks this product; the words that are left tell it from what has not them."""
    brand, words = _parts(product)
    words = _kept(brand, words, rng, noise)
    if product.size and rng.random() >= noise.size_missing:
        words += _size(product.size, rng, noise).split()
    words = _swapped(words, rng, noise)
    words = [_abbreviated(word, rng, noise) for word in words]
    text = _cased(_ampersand(" ".join(words), rng, noise), rng, noise)
    return _mistyped(_unfinished(_accents(text, rng, noise), rng, noise), rng, noise).strip() or product.title


def neighbours(key: str) -> str:
    """The letter keys that touch this one on a QWERTY keyboard; below the last row lies the space bar."""
    if key == " ":
        return _ROWS[2]
    for row, keys in enumerate(_ROWS):
        place = keys.find(key)
        if place >= 0:
            beside = keys[max(0, place - 1) : place] + keys[place + 1 : place + 2]
            above = _ROWS[row - 1][place : place + 2] if row else ""
            below = _ROWS[row + 1][max(0, place - 1) : place + 1] if row < 2 else " "
            return beside + above + below
    return ""


def _parts(product: Product) -> tuple[list[str], list[str]]:
    """The words of the brand; those of the title without brand, size and commas."""
    title = product.title
    for part in (product.brand, product.size):
        place = title.lower().find(part.lower()) if part else -1
        if place >= 0:
            title = title[:place] + title[place + len(part) :]
    return product.brand.split(), title.replace(",", " ").split()


def _kept(brand: list[str], words: list[str], rng: Random, noise: Noise) -> list[str]:
    if words and rng.random() < noise.brand_missing:
        return words
    kept = [word for word in words if rng.random() >= noise.word_missing]
    if len(brand) + len(kept) < MIN_WORDS:
        kept = words[:MIN_WORDS]
    return brand + kept


def _size(text: str, rng: Random, noise: Noise) -> str:
    size = read_size(text)
    if size is None or rng.random() >= noise.unit_variant:
        return text
    return written(size, rng.choice(units_of(size)), rng.random() < 0.5, comma=rng.random() < 0.3)


def _swapped(words: list[str], rng: Random, noise: Noise) -> list[str]:
    if len(words) < 2 or rng.random() >= noise.swapped:
        return words
    place = rng.randrange(len(words) - 1)
    return [*words[:place], words[place + 1], words[place], *words[place + 2 :]]


def _abbreviated(word: str, rng: Random, noise: Noise) -> str:
    if len(word) < 6 or not word.isalpha() or rng.random() >= noise.abbreviated:
        return word
    if rng.random() < 0.7:
        return word[: rng.randrange(3, 6)]
    return word[0] + "".join(letter for letter in word[1:] if letter.lower() not in "aeiou")


def _ampersand(text: str, rng: Random, noise: Noise) -> str:
    if "&" not in text:
        return text
    if rng.random() < noise.ampersand:
        return " ".join(text.replace("&", " ").split())
    return text.replace("&", "and") if rng.random() < 0.5 else text


def _cased(text: str, rng: Random, noise: Noise) -> str:
    drawn = rng.random()
    if drawn < noise.lower:
        return text.lower()
    return text.upper() if drawn < noise.lower + noise.upper else text


def _accents(text: str, rng: Random, noise: Noise) -> str:
    if rng.random() < noise.plain:
        decomposed = unicodedata.normalize("NFD", text)
        text = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    places = [place for place, letter in enumerate(text) if letter in _ACCENTED]
    if places and rng.random() < noise.accent:
        place = rng.choice(places)
        text = text[:place] + rng.choice(_ACCENTED[text[place]]) + text[place + 1 :]
    return text


def _unfinished(text: str, rng: Random, noise: Noise) -> str:
    last = text.rsplit(" ", 1)[-1]
    if len(last) < 5 or not last.isalpha() or rng.random() >= noise.unfinished:
        return text
    return text[: -rng.randrange(1, len(last) - 2)]


def _mistyped(text: str, rng: Random, noise: Noise) -> str:
    typed_keys: list[str] = []
    place = 0
    while place < len(text):
        here, place = text[place], place + 1
        if rng.random() >= noise.key:
            typed_keys.append(here)
            continue
        shares = (noise.substitution, noise.deletion, noise.insertion, noise.transposition)
        match rng.choices(("other", "none", "more", "turned"), shares)[0]:
            case "other":
                typed_keys.append(_missed(here, rng, noise))
            case "more":
                typed_keys += (here, _missed(here, rng, noise))
            case "turned" if place < len(text):
                typed_keys += (text[place], here)
                place += 1
            case "turned":
                typed_keys.append(here)
    return "".join(typed_keys)


def _missed(key: str, rng: Random, noise: Noise) -> str:
    near = "0123456789".replace(key, "") if key.isdigit() else neighbours(key.lower())
    if near and rng.random() < noise.neighbour:
        return rng.choice(near)
    return rng.choice(_LETTERS)
