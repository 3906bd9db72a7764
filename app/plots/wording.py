"""Numbers as the plots write them: few digits, a real minus sign, thousands apart."""

from __future__ import annotations

import math

_MINUS = "−"


def number(value: float, digits: int = 4) -> str:
    """Write a metric's value with so many significant digits; what is not finite in words."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{_MINUS}∞"
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e6:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        text = f"{value:,.{decimals}f}"
    else:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", _MINUS)


def tick(value: float, spacing: float, largest: float = 0.0) -> str:
    """Write an axis value with as many decimals as its neighbours need; `largest` of them decides the unit."""
    if value == 0:
        return "0"
    for limit, unit in ((1e9, " G"), (1e6, " M")):
        if largest >= limit:
            return tick(value / limit, spacing / limit) + unit
    if spacing < 1e-5:
        return number(value, 3)
    decimals = max(0, -math.floor(math.log10(spacing) + 1e-9))
    return f"{value:,.{decimals}f}".replace("-", _MINUS)


def tick_log(value: float) -> str:
    """Write a value of a logarithmic axis: plain where short, a power of ten where not."""
    if 1e-3 <= value < 1e5:
        return f"{value:,.10g}"
    exponent = math.floor(math.log10(value) + 1e-9)
    mantissa = round(value / 10.0**exponent)
    power = "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return power if mantissa == 1 else f"{mantissa}·{power}"


def duration(seconds: float) -> str:
    """Write training seconds as 0.5 s, 12 s, 3:05 or 1:02:03."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def size(count: int) -> str:
    """Write bytes in the largest fitting unit."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} TB"
