"""The scales of a blinded reading: what a reader is asked, and what the answer comes to.

Improvement scales would tell a reader which photograph came first. So they are asked as "which side is better, and
by how much", and the direction is worked out afterwards, from the design. Scales of severity grade each photograph
by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

ScaleName = Literal["gais", "quartile", "goodman_baron", "scar_s"]
Asks = Literal["side", "grade"]


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale as it is read.

    asks: "side" for the better side and by how much, 1 to `most`; "grade" for a grade of each photograph, 0 to
    `most`. lowest, highest: of the scale as published. model: name of the same scale in the result files of this
    program.
    """

    name: ScaleName
    asks: Asks
    most: int
    lowest: int
    highest: int
    model: str

    def takes(self, difference: int | None, left: int | None, right: int | None) -> bool:
        """Whether this is an answer on the scale; nothing at all is one: the pair cannot be judged."""
        if self.asks == "side":
            return left is None and right is None and (difference is None or abs(difference) <= self.most)
        if left is None or right is None:
            return difference is None and left is None and right is None
        return difference is None and min(left, right) >= 0 and max(left, right) <= self.most

    def value(self, improvement: int) -> int:
        """The published class of an improvement in steps, below zero where the later photograph is the worse one."""
        if self.name == "gais":  # 1 very much improved, 2 much improved, 3 improved, 4 no change, 5 worse
            return 5 if improvement < 0 else 4 - improvement
        return max(0, improvement)  # quartiles: 0 none or worse, then 1-25, 26-50, 51-75, 76-100 %


#: GAIS as in the SkinPen instructions for use; Goodman & Baron, Dermatol Surg 2006, PMID 17199653, with the 0 that
#: trials add; SCAR-S of one region, Tan et al. 2010, doi 10.2310/7750.2010.09037.
SCALES: Mapping[ScaleName, Scale] = MappingProxyType(
    {
        one.name: one
        for one in (
            Scale("gais", "side", 3, 1, 5, "gais_estimate"),
            Scale("quartile", "side", 4, 0, 4, "quartile"),
            Scale("goodman_baron", "grade", 4, 0, 4, "goodman_baron_qualitative"),
            Scale("scar_s", "grade", 5, 0, 5, "scar_s_face"),
        )
    }
)
