"""Who may see which numbers: released ones by audience and 披露类别, others by division and region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from builder.values import Indicator, Key, Template
from service.desk import Desk
from service.intake.known import Known, known
from service.roles import CITY, EDITOR, LEADER
from service.store.people import User

INSIDERS = frozenset({EDITOR, CITY, LEADER})
# 披露类别 whose numbers of single cities and counties are for few, where the settings say nothing else.
FEW: Mapping[str, frozenset[str]] = {
    "排位类": frozenset({EDITOR, LEADER}),
    "考核类": frozenset({EDITOR, LEADER}),
}
LOCAL = ("市", "县")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody, and what the bureau's settings say of readers. `user` None: nobody who is known."""

    known: Known
    user: User | None = None
    told: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def roles(self) -> frozenset[str]:
        """The roles of whoever reads."""
        return self.user.roles if self.user else frozenset()

    def own(self, region: str) -> bool:
        """Whether a region is of the organisation of whoever reads."""
        org = self.user.org if self.user else ""
        return bool(org) and org in self.known.owners.get(region, frozenset())

    # --- released -----------------------------------------------------------------------------------

    def hears(self, audience: str) -> bool:
        """Whether what is for an audience is for them."""
        if audience in self.known.public:
            return True
        return bool(self.roles & self.told.get(audience, INSIDERS))

    def may(self, indicator: Indicator, measure: str, region: str) -> bool:
        """Whether they may see a series, once its numbers are released."""
        area = self.known.said.regions.get(region)
        if area is None or measure not in indicator.measures:
            return False
        audience = indicator.audience_of(area.level, measure)
        if audience in self.known.public:
            return True
        if not self.hears(audience):
            return False
        few = self.told.get(indicator.disclosure, FEW.get(indicator.disclosure, INSIDERS))
        return area.level not in LOCAL or bool(self.roles & few) or self.own(region)

    def may_key(self, key: Key) -> bool:
        """The same for a series by its key."""
        indicator = self.known.said.indicators.get(key.indicator)
        return indicator is not None and self.may(indicator, key.measure, key.region)

    # --- on their way -------------------------------------------------------------------------------

    def keeps(self, division: str) -> bool:
        """Whether they may see and move all numbers of a division that are on their way."""
        if self.user is None:
            return False
        if LEADER in self.roles and self.user.org in {"", division}:
            return True
        return EDITOR in self.roles and self.user.org == division

    def part(self, template: Template) -> Template | None:
        """What of a template is theirs to fill and to see; None: nothing."""
        if self.keeps(template.division):
            return template
        mine = tuple(r for r in template.regions if CITY in self.roles and self.own(r))
        return replace(template, regions=mine) if mine else None

    def parts(self, templates: Iterable[Template]) -> dict[str, Template]:
        """Those templates of which they have a part, each as they see it."""
        found = ((t, self.part(t)) for t in templates)
        return {whole.id: part for whole, part in found if part is not None}


def reader(desk: Desk, user: User | None) -> Reader:
    """Somebody at this desk; `Stopped` without a bundle."""
    told = {name: frozenset(roles) for name, roles in desk.settings.readers.items()}
    return Reader(known(desk), user, told)
