"""What kind of values a column holds, found block by block."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from core.data.tables.csv_file import MISSING_WORDS
from core.data.tables.file import Declared

Found = Literal["number", "boolean", "category", "date", "text", "other", "empty"]
DISTINCT_LIMIT = 100_000  # different words beyond which a column is free text
_MISSING = frozenset(MISSING_WORDS)
_TRUE = ("true", "yes", "t", "y")
_BOOLEANS = ({"true", "false"}, {"yes", "no"}, {"t", "f"}, {"y", "n"})
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_WHOLE_NUMBER = re.compile(NUMBER)
# A column of words that are nearly all numbers, and many different ones, is a column of numbers with faults in it.
_NEARLY_ALL, _MANY_NUMBERS = 0.95, 20
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}( \d{1,2}:\d{2}(:\d{2})?)?"
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
)


def numbers_of(array: Any, decimal_comma: bool, *, lenient: bool = False) -> NDArray[np.float64] | None:
    """Return float64 values of shape (n,) with NaN for what is missing.

    When something is not a number: None, or NaN in its place if `lenient`.
    """
    if not pa.types.is_string(array.type):
        if pa.types.is_boolean(array.type):
            array = array.cast(pa.uint8())
        return _numpy(array.cast(pa.float64(), safe=False))
    if decimal_comma:
        array = pc.replace_substring(array, ",", ".")
    try:
        return _numpy(array.cast(pa.float64()))
    except pa.ArrowInvalid:
        pass
    if not lenient and _first_word(array.slice(0, 100)) is not None:
        return None
    trimmed = words_of(array)  # blanks around numbers are forgiven
    if lenient:
        is_number = pc.match_substring_regex(trimmed, f"^({NUMBER})$")
        trimmed = pc.if_else(is_number, trimmed, pa.scalar(None, pa.string()))
    try:
        return _numpy(trimmed.cast(pa.float64()))
    except pa.ArrowInvalid:
        return None


def words_of(array: Any) -> Any:
    """Return the words of a column without blanks around them, null for what is missing."""
    if not pa.types.is_string(array.type):
        return array.cast(pa.string())
    trimmed = pc.utf8_trim_whitespace(array)
    return pc.if_else(pc.is_in(trimmed, value_set=_value_set(MISSING_WORDS)), pa.scalar(None, pa.string()), trimmed)


class ColumnGuess:
    """Looks at a column's blocks in order and decides what it holds.

    `late` becomes true when words turn up after blocks of numbers: these were not counted as words, so the column must
    be looked at `again`.  With `as_words` it never holds numbers.
    """

    def __init__(self, name: str, declared: Declared, decimal_comma: bool, *, as_words: bool = False) -> None:
        self.name = name
        self.rows = 0
        self.missing = 0
        self.infinite = 0
        self.late = False
        self.first_word: tuple[str, int] | None = None  # the first value that is no number, and its row from 1
        self.words: Counter[str] = Counter()
        self.too_many_words = False
        self.low, self.high, self.total = np.inf, -np.inf, 0.0
        self._declared: Declared = declared
        self._decimal_comma = decimal_comma
        self.as_words = as_words
        self._numeric = not as_words and declared in ("unknown", "number")

    def add(self, array: Any) -> None:
        """Look at the next block."""
        first, self.rows = self.rows, self.rows + len(array)
        if self._declared in ("date", "other"):
            self.missing += array.null_count
            return
        if self._numeric:
            numbers = numbers_of(array, self._decimal_comma)
            if numbers is not None:
                self._add_numbers(numbers)
                return
            self._numeric = False
            self.late = self.missing < first
            self.first_word = self._find_word(array, first)
        if not self.late:
            self._add_words(array)

    def again(self) -> ColumnGuess:
        """Return a guess that counts words from the first block on."""
        other = ColumnGuess(self.name, self._declared, self._decimal_comma, as_words=self.as_words)
        other.first_word = self.first_word
        other._numeric = False
        return other

    def found(self, max_categories: int = DISTINCT_LIMIT) -> Found:
        """Say what the column holds.  More than `max_categories` mostly different words are free text."""
        if self._declared in ("date", "other"):
            return self._declared
        if self.missing == self.rows:
            return "empty"
        if self._numeric:
            return "number"
        if self._declared == "boolean" or {word.lower() for word in self.words} in _BOOLEANS:
            return "boolean"
        if self._declared == "unknown" and not self.as_words and self._is_faulty_numbers():
            return "number"
        if self._declared == "unknown" and self._looks_like_dates():
            return "date"
        present = self.rows - self.missing
        if self.too_many_words or (len(self.words) > max_categories and 2 * len(self.words) > present):
            return "text"
        return "category"

    def categories(self) -> tuple[str, ...]:
        """Return the different words, sorted; numbers among themselves by size."""
        try:
            return tuple(sorted(self.words, key=float))
        except ValueError:
            return tuple(sorted(self.words))

    def _add_numbers(self, numbers: NDArray[np.float64]) -> None:
        finite = np.isfinite(numbers)
        present = int(finite.sum())
        self.infinite += int(np.isinf(numbers).sum())
        self.missing += len(numbers) - present
        if present:
            good = numbers if present == len(numbers) else numbers[finite]
            self.low, self.high = min(self.low, float(good.min())), max(self.high, float(good.max()))
            with np.errstate(over="ignore"):
                self.total += float(good.sum())

    def _add_words(self, array: Any) -> None:
        if self.too_many_words:
            self.missing += array.null_count
            return
        codes, words = _coded(array)
        counts = np.bincount(codes + 1, minlength=len(words) + 1)
        self.missing += int(counts[0])
        for word, count in zip(words, counts[1:].tolist(), strict=True):
            if word is None:
                self.missing += count
            else:
                self.words[word] += count
        self.too_many_words = len(self.words) > DISTINCT_LIMIT

    def odd(self) -> int:
        """Return how many values are neither numbers nor missing, in a column found to hold numbers."""
        return sum(times for word, times in self.words.items() if not self._is_number(word))

    def _is_faulty_numbers(self) -> bool:
        numbers = [times for word, times in self.words.items() if self._is_number(word)]
        return len(numbers) > _MANY_NUMBERS and sum(numbers) >= _NEARLY_ALL * self.words.total()

    def _is_number(self, word: str) -> bool:
        return _WHOLE_NUMBER.fullmatch(word.replace(",", ".") if self._decimal_comma else word) is not None

    def _looks_like_dates(self) -> bool:
        some = list(self.words)[:1000]
        return bool(some) and all(_DATE.fullmatch(word) for word in some)

    def _find_word(self, array: Any, first: int) -> tuple[str, int] | None:
        if self._decimal_comma:
            array = pc.replace_substring(array, ",", ".")
        for start in range(0, len(array), 1000):  # it mostly stands near the top
            found = _first_word(array.slice(start, 1000))
            if found is not None:
                return found[0], first + start + found[1] + 1
        return None


def _first_word(array: Any) -> tuple[str, int] | None:
    """Return the first value that is neither number nor missing, and its place."""
    for place, cell in enumerate(array.to_pylist()):
        word = (cell or "").strip()
        if word not in _MISSING and _WHOLE_NUMBER.fullmatch(word) is None:
            return word, place
    return None


def codes_of_words(array: Any, categories: tuple[str, ...]) -> NDArray[np.float64]:
    """Return each word's place in `categories` as float64 of shape (n,), NaN where it is missing."""
    places = {word: float(place) for place, word in enumerate(categories)}
    return _valued(array, lambda word: places.get(word, np.nan))


def truth_of_words(array: Any) -> NDArray[np.float64]:
    """Return 1 for true and yes, 0 for the rest, NaN where it is missing, shape (n,)."""
    return _valued(array, lambda word: float(word.lower() in _TRUE))


def _valued(array: Any, value: Callable[[str], float]) -> NDArray[np.float64]:
    codes, words = _coded(array)
    # The last entry is for code -1, what is null.
    values = np.array([*(np.nan if word is None else value(word) for word in words), np.nan])
    chosen: NDArray[np.float64] = values[codes]
    return chosen


def _coded(array: Any) -> tuple[NDArray[np.int64], list[str | None]]:
    """Return numbers into a list of different words, and that list; -1 and None are missing.

    What is done to words is so done once for each different one and not for each row.
    """
    if not pa.types.is_string(array.type):
        array = array.cast(pa.string())
    coded = array.dictionary_encode()
    stripped = [word.strip() for word in coded.dictionary.to_pylist()]
    codes: NDArray[np.int64] = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, [None if word in _MISSING else word for word in stripped]


@lru_cache(maxsize=10_000)
def _value_set(words: tuple[str, ...]) -> Any:
    # Making an array looks for pandas each time, which costs more than using it.
    return pa.array(words, pa.string())


def _numpy(array: Any) -> NDArray[np.float64]:
    values: NDArray[np.float64] = array.to_numpy(zero_copy_only=False)
    return values
