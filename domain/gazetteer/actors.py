"""Who acts in a text: people, services and roles, joined to each other.

Three things are found apart (names, services, roles) and then joined: a role beside a name gives the
person's office, a role without a name is matched with a person of that office and country named
elsewhere, and "his French counterpart" takes the office of the other side.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

from domain.gazetteer import strangers
from domain.gazetteer.countries import scan_countries
from domain.gazetteer.mention import ActorMention
from domain.gazetteer.phrases import Tokens, forms, tokens_of
from domain.gazetteer.roles import (
    COUNTERPART,
    OFFICER,
    RoleHit,
    RoleWords,
    is_title,
    offices,
    role_words,
    scan_roles,
)
from domain.gazetteer.spellings import Spellings, Surname
from domain.gazetteer.tables import Service, Term

_MAX_APART = 9  # words of courtesy between a role and a name: "M. le général de corps d'armée"
_CLOSE = re.compile(r"[\s,،\"'(\[\u2013:-]{0,4}")
_APPOSED = re.compile(r"\s*[,،(\u2013-]")
_OF = frozenset(("de", "di", "del", "of", "van", "von", "d"))
_BACK_CHARS = 400  # how far back a counterpart looks for the other side's office


@dataclass(frozen=True, slots=True)
class NameHit:
    """A person's name in words [first, after)."""

    first: int
    after: int
    person_id: str
    full: bool


@dataclass(frozen=True, slots=True)
class ServiceHit:
    """A service's name in words [first, after)."""

    first: int
    after: int
    service: Service


@dataclass(slots=True)
class Bound:
    """A name, known or not, with the role that stands beside it."""

    first: int
    after: int
    person_id: str
    name: str
    full: bool
    role: RoleHit | None = None


class ActorFinder:
    """Finds actors in texts; holds the spellings and the terms of office, and no state of a text."""

    def __init__(self, spellings: Spellings, terms: dict[str, tuple[Term, ...]]) -> None:
        self._spellings = spellings
        self._terms = terms

    def find(self, text: str, lang: str, on: date | None) -> tuple[ActorMention, ...]:
        """Return the actors of a text in order of place."""
        tokens = tokens_of(text)
        if not len(tokens):
            return ()
        words = role_words(lang)
        services = self._services(tokens)
        roles = scan_roles(
            tokens,
            lang,
            {h.first: (h.after, h.service.head_office, h.service.side) for h in services},
        )
        # "The General Directorate ..." begins with no rank.
        inside = {i for h in services for i in range(h.first, h.after)}
        roles = [r for r in roles if r.office != OFFICER or r.first not in inside]
        full, surnames = self._names(tokens)
        full += self._misspelt(tokens, full, roles)
        names = full + self._alone(tokens, full, surnames, roles)
        bound = [Bound(n.first, n.after, n.person_id, "", n.full) for n in names]
        bound.sort(key=lambda b: b.first)
        taken = inside | {i for n in names for i in range(n.first, n.after)}
        taken |= {i for r in roles for i in range(r.first, r.after)}
        countries = frozenset(hit.code for hit in scan_countries(text, lang))
        free = self._join(tokens, words, roles, bound, surnames, lang, taken, countries)
        free = self._counterparts(tokens, free, bound)
        mentions = [self._person(tokens, b, on) for b in bound]
        mentions += self._roles(tokens, free, mentions, on)
        covered = [(b.first, b.after) for b in bound] + [(r.first, r.after) for r in roles]
        for hit in services:
            if not any(a < hit.after and hit.first < b for a, b in covered):
                mentions.append(self._service(tokens, hit))
        return tuple(sorted(mentions, key=lambda m: (m.start, m.end)))

    def _names(self, tokens: Tokens) -> tuple[list[NameHit], dict[int, tuple[int, Surname]]]:
        """Return full names, and surnames that stand outside them by their first word."""
        full: list[NameHit] = []
        surnames: dict[int, tuple[int, Surname]] = {}
        index = 0
        while index < len(tokens):
            found = self._spellings.full.match(tokens, index)
            if found is not None and _is_name(tokens, index, found[0]):
                full.append(NameHit(index, found[0], found[1], True))
                index = found[0]
                continue
            last = self._spellings.surnames.match(tokens, index)
            if last is not None and _is_name(tokens, index, last[0]):
                surnames[index] = (last[0], last[1])
                index = last[0]
                continue
            index += 1
        return full, surnames

    def _misspelt(self, tokens: Tokens, full: list[NameHit], roles: list[RoleHit]) -> list[NameHit]:
        """Return people whose given name is spelt as known and whose surname only sounds so."""
        taken = {i for hit in full for i in range(hit.first, hit.after)}
        taken |= {i for hit in roles for i in range(hit.first, hit.after)}
        hits = []
        for index in range(len(tokens) - 1):
            if index in taken or not tokens.glued[index]:
                continue
            for form in forms(tokens.words[index]):
                if form not in self._spellings.by_given:
                    continue
                hit = strangers.sounds_like_known(tokens, index, form, self._spellings)
                if hit is not None and not taken.intersection(range(index, hit[0])):
                    hits.append(NameHit(index, hit[0], hit[1], True))
                    break
        return hits

    def _alone(
        self,
        tokens: Tokens,
        full: list[NameHit],
        surnames: dict[int, tuple[int, Surname]],
        roles: list[RoleHit],
    ) -> list[NameHit]:
        """Return the surnames that name somebody without a role: distinctive, or introduced in full."""
        introduced = {hit.person_id for hit in full}
        role_ends = {role.after for role in roles}
        hits = []
        for first, (after, surname) in surnames.items():
            near = [p for p in surname.people if p in introduced]
            candidates = near if near else list(surname.alone)
            if len(candidates) != 1:
                continue
            if self._belongs_to_other(tokens, first, candidates[0], role_ends):
                continue
            hits.append(NameHit(first, after, candidates[0], False))
        return hits

    def _belongs_to_other(
        self, tokens: Tokens, first: int, person_id: str, role_ends: set[int]
    ) -> bool:
        """True when a given name of somebody else stands before a surname ("Samir Darmanin")."""
        if not first or first in role_ends or tokens.gap(first - 1) not in (" ", "-"):
            return False
        person = self._spellings.people[person_id]
        word = tokens.words[first - 1]
        own = {w for g in person.givens + person.givens_ar for w in strangers.folded_words(g)}
        return any(form in self._spellings.given_names and form not in own for form in forms(word))

    def _services(self, tokens: Tokens) -> list[ServiceHit]:
        hits: list[ServiceHit] = []
        index = 0
        while index < len(tokens):
            found = self._spellings.services.match(tokens, index)
            if found is None:
                index += 1
                continue
            after, entry, _ = found
            written = not (
                (entry.upper and not tokens.is_upper(index, after))
                or (entry.capital and not entry.upper and not _has_capital(tokens, index, after))
                or (entry.word and _in_capitals(tokens, index, after))
            )
            if not written:
                index += 1
                continue
            if entry.service is not None:
                hits.append(ServiceHit(index, after, entry.service))
            index = after
        return hits

    def _join(
        self,
        tokens: Tokens,
        words: RoleWords,
        roles: list[RoleHit],
        bound: list[Bound],
        surnames: dict[int, tuple[int, Surname]],
        lang: str,
        taken: set[int],
        countries: frozenset[str],
    ) -> list[RoleHit]:
        """Give each role to the name beside it, and return the roles that stand alone."""
        by_first = {b.first: b for b in bound}
        by_after = {b.after: b for b in bound}
        free: list[RoleHit] = []
        for role in roles:
            if len(role.sides) > 1:
                free.append(role)
                continue
            person = self._after(tokens, words, role, by_first, surnames)
            if person is None:
                person = self._before(tokens, words, role, by_after)
            if person is not None and not self._may_hold(person, role):
                person = None
            if person is None:
                person = self._stranger(tokens, words, role, lang, taken, countries)
            if person is None:
                if role.office != OFFICER:  # "a French colonel" is nobody in particular
                    free.append(role)
                continue
            if person.first not in by_first:
                by_first[person.first] = person
                by_after[person.after] = person
                bound.append(person)
            _give(person, role)
        bound.sort(key=lambda b: b.first)
        return free

    def _may_hold(self, person: Bound, role: RoleHit) -> bool:
        """True unless a common word ("president") stands by chance beside somebody who never was one."""
        if not offices()[role.office].loose:
            return True
        return any(_fits(term, role) for term in self._terms.get(person.person_id, ()))

    def _after(
        self,
        tokens: Tokens,
        words: RoleWords,
        role: RoleHit,
        by_first: dict[int, Bound],
        surnames: dict[int, tuple[int, Surname]],
    ) -> Bound | None:
        """Return the person named after a role, over words of courtesy."""
        at = role.after
        for _ in range(_MAX_APART):
            if at >= len(tokens) or not _CLOSE.fullmatch(tokens.gap(at - 1)):
                return None
            if at in by_first:
                return by_first[at]
            if at in surnames:
                return self._surname_in_role(at, surnames[at], role)
            if not is_title(tokens, at, words):
                return None
            if role.office == COUNTERPART and tokens.words[at] in _OF:
                return None  # "the French counterpart of Laftit" is somebody else
            at += 1
        return None

    def _surname_in_role(
        self, first: int, found: tuple[int, Surname], role: RoleHit
    ) -> Bound | None:
        """Return whose surname it is beside a role: the one person who held such an office there."""
        after, surname = found
        held = [
            p for p in surname.people if any(_fits(term, role) for term in self._terms.get(p, ()))
        ]
        return Bound(first, after, held[0], "", False) if len(held) == 1 else None

    def _before(
        self, tokens: Tokens, words: RoleWords, role: RoleHit, by_after: dict[int, Bound]
    ) -> Bound | None:
        """Return the person to whom a role is apposed: "Gérald Darmanin, ministre de l'Intérieur"."""
        at = role.first
        for _ in range(_MAX_APART):
            if at == 0:
                return None
            if at in by_after:
                found = by_after[at]
                apart = tokens.between(at - 1, role.first)
                return found if _APPOSED.match(apart) else None
            if not _CLOSE.fullmatch(tokens.gap(at - 1)) or not is_title(tokens, at - 1, words):
                return None
            at -= 1
        return None

    def _stranger(
        self,
        tokens: Tokens,
        words: RoleWords,
        role: RoleHit,
        lang: str,
        taken: set[int],
        countries: frozenset[str],
    ) -> Bound | None:
        """Return somebody named beside a role who is not in the ledger, or is under another spelling.

        Where the role says no country, the given name may, among those the text names.
        """
        spellings = self._spellings
        found = strangers.name_beside(tokens, words, role, lang, spellings, taken)
        if found is None:
            found = strangers.name_apposed(tokens, words, role, lang, spellings, taken)
        if found is None:
            return None
        first, after, name = found
        if role.office == OFFICER and not strangers.begins_with_given(tokens, first, spellings):
            return None  # "the general directorate": a rank alone makes no name of two capitals
        if not role.side and offices()[role.office].loose:
            return None
        if not role.side:
            side = strangers.side_of_name(tokens, first, countries, spellings)
            if not side:
                return None
            role = replace(role, sides=(side,))
        person_id = strangers.resolve(name, self._spellings)
        if person_id is not None:
            sides = {term.side for term in self._terms.get(person_id, ())}
            if role.side not in sides:
                person_id = None
        return Bound(first, after, person_id or "", strangers.latin(name, spellings), True, role)

    def _counterparts(
        self, tokens: Tokens, free: list[RoleHit], bound: list[Bound]
    ) -> list[RoleHit]:
        """Give counterparts, named or not, the office of the other side."""
        known = [r for r in free if not offices()[r.office].generic]
        known += [b.role for b in bound if b.role and not offices()[b.role.office].generic]
        known.sort(key=lambda r: r.first)
        for item in bound:
            if item.role is not None and item.role.office == COUNTERPART:
                office = self._other_office(tokens, item.role, known, bound)
                held = {t.office for t in self._terms.get(item.person_id, ())}
                item.role = replace(item.role, office=office if office in held or not held else "")
        result = []
        for role in free:
            if role.office != COUNTERPART:
                result.append(role)
            elif role.sides:
                result.append(replace(role, office=self._other_office(tokens, role, known, bound)))
        return result

    def _other_office(
        self, tokens: Tokens, role: RoleHit, known: list[RoleHit], bound: list[Bound]
    ) -> str:
        """Return the office of the nearest role before a counterpart, else after it, else of a person."""
        here = tokens.starts[role.first]
        before = [
            r
            for r in known
            if r.first < role.first and here - tokens.ends[r.after - 1] < _BACK_CHARS
        ]
        if before:
            return before[-1].office
        after = [
            r
            for r in known
            if r.first >= role.after and tokens.starts[r.first] - here < _BACK_CHARS // 2
        ]
        if after:
            return after[0].office
        people = [b for b in bound if b.person_id]
        before_first = [b for b in reversed(people) if b.first < role.first]
        for item in before_first + [b for b in people if b.first > role.first]:
            held = {t.office for t in self._terms.get(item.person_id, ())}
            if len(held) == 1:
                return next(iter(held))
        return ""

    def _person(self, tokens: Tokens, item: Bound, on: date | None) -> ActorMention:
        start, end = tokens.span(item.first, item.after)
        role = item.role
        office = role.office if role and not offices().get(role.office, _PLAIN).generic else ""
        former = bool(role and role.is_former)
        if not item.person_id:
            side = role.side if role else ""
            return ActorMention(
                start, end, item.name, "", "person", side, office, False, None, former
            )
        terms = self._terms.get(item.person_id, ())
        held = [t for t in terms if t.office == office] if office else list(terms)
        side = next((t.side for t in held or terms), role.side if role else "")
        in_office = None
        if on is not None and terms:
            now = [t for t in held if t.covers(on)]
            in_office = bool(now) and not former
            if not office and now:
                office = now[-1].office
        if not office and len({t.office for t in terms}) == 1:
            office = terms[0].office
        name = self._spellings.people[item.person_id].name
        return ActorMention(
            start, end, name, item.person_id, "person", side, office, True, in_office, former
        )

    def _roles(
        self,
        tokens: Tokens,
        free: list[RoleHit],
        people: list[ActorMention],
        on: date | None,
    ) -> list[ActorMention]:
        """Return the roles without a name; one whose holder the text names carries that person."""
        by_side: dict[str, list[ActorMention]] = defaultdict(list)
        for person in people:
            by_side[person.side].append(person)
        mentions = []
        for role in free:
            office = offices().get(role.office, _PLAIN)
            if (office.generic or office.loose or not role.office) and not role.side:
                continue
            start, end = tokens.span(role.first, role.after)
            for side in role.sides or (role.default_side,):
                name, entity, found_office = self._holder_in_text(role, side, by_side)
                mentions.append(
                    ActorMention(
                        start,
                        end,
                        name,
                        entity,
                        "role",
                        side,
                        found_office,
                        True,
                        None,
                        role.is_former,
                    )
                )
        return mentions

    def _holder_in_text(
        self, role: RoleHit, side: str, by_side: dict[str, list[ActorMention]]
    ) -> tuple[str, str, str]:
        """Return (name, id, office) of the one person in the text who fits an unnamed role."""
        office = "" if offices().get(role.office, _PLAIN).generic else role.office
        if role.is_former or not side:
            return "", "", office
        fitting = {}
        for person in by_side[side]:
            if person.is_former:
                continue
            if (office and person.office == office) or (
                not office and person.office.endswith("_minister")
            ):
                fitting[person.name] = person
        if len(fitting) != 1:
            return "", "", office
        person = next(iter(fitting.values()))
        return person.name, person.entity_id, office or person.office

    def _service(self, tokens: Tokens, hit: ServiceHit) -> ActorMention:
        start, end = tokens.span(hit.first, hit.after)
        service = hit.service
        return ActorMention(start, end, service.name, service.service_id, "service", service.side)


def _give(person: Bound, role: RoleHit) -> None:
    """Let a person have a role, unless there is a better one; a country once known stays."""
    before = person.role
    if before is None:
        person.role = role
    elif offices()[before.office].generic and role.office != OFFICER:
        person.role = role if role.side else replace(role, sides=before.sides)


class _Plain:
    generic = True
    loose = False


_PLAIN = _Plain()


def _fits(term: Term, role: RoleHit) -> bool:
    """True when a term is of the role's country and office (any office when the role has none)."""
    if role.side and term.side != role.side:
        return False
    return offices()[role.office].generic or term.office == role.office


def _is_name(tokens: Tokens, first: int, after: int) -> bool:
    """True when a Latin-script match is written like a name: a capital in it."""
    return tokens.words[first][0] >= "\u0621" or _has_capital(tokens, first, after)


def _has_capital(tokens: Tokens, first: int, after: int) -> bool:
    return any(tokens.is_capital(i) for i in range(first, after))


def _in_capitals(tokens: Tokens, first: int, after: int) -> bool:
    """True when the words around are in capitals too, so that capitals say nothing."""
    around = [i for i in (first - 1, after) if 0 <= i < len(tokens)]
    return bool(around) and all(
        len(tokens.words[i]) > 1 and tokens.is_upper(i, i + 1) for i in around
    )
