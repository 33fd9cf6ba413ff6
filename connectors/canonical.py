"""One address for one article: tracking parameters, fragments, AMP variants and spelling differences removed.

Only for identity (the record's key and id), never for fetching. Two addresses of one article that stay
apart cost one more comparison later; two articles made one would lose the second, so every rule here
is one that cannot join two articles. (courlan's query cleaning drops `cid`, `uid`, `source` and
anything that starts with `ga`, which number articles on some sites; its list is not used.)
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit

# Names that only measure where a reader came from.
_TRACKING = re.compile(
    r"^(?:utm_\w+|at_(?:medium|campaign|custom\d*|format|link\w*|bbc_team|ptr_name|send_date|creation|variant)|"
    r"mtm_\w+|pk_\w+|piwik_\w+|matomo_\w+|itm_\w+|hsa_\w+|_hs\w+|__hs\w+|mc_[ce]id|fb_(?:action|source|ref)\w*|"
    r"fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|li_fat_id|igshid|igsh|srsltid|"
    r"xtor|xtref|xtcr|ocid|cmpid|cmp|ns_(?:campaign|mchannel|source|linkname|fee)|ito|spm|oly_(?:enc|anon)_id|"
    r"vero_(?:id|conv)|wt_mc|wtmc|_ga|_gl|ref_src|ref_url|smid|taid|zanpid|mkt_tok|__twitter_impression|ftag)$",
    re.IGNORECASE,
)
_AMP_QUERY = frozenset(
    {"amp=1", "amp", "amp=", "amp=true", "outputtype=amp", "outputtype=amp-type"}
)
_UNRESERVED = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_KEPT_IN_PATH = "/%:@!$&'()*+,;=~-._"
_KEPT_IN_QUERY = _KEPT_IN_PATH + "?[]|"


def canonical_url(url: str) -> str:
    """Return the article's one address; what is no http(s) URL comes back unchanged."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").lower().rstrip("."), parts.port
    except ValueError:
        return url
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return url
    host = f"[{host}]" if ":" in host else _ascii_host(host)
    # Sites moved from http to https without changing an article; a port of its own is a site of its own.
    scheme = "https" if port in {None, 80, 443} else parts.scheme.lower()
    netloc = host if port in {None, 80, 443} else f"{host}:{port}"
    path = _path(parts.path)
    return urlunsplit((scheme, netloc, path, _query(parts.query), ""))


def url_key(canonical: str) -> str:
    """Return the record key: sha256 of the canonical URL's bytes, in hex."""
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _ascii_host(host: str) -> str:
    try:
        return host.encode("ascii").decode("ascii")
    except UnicodeEncodeError:
        try:
            return host.encode("idna").decode("ascii")
        except UnicodeError:
            return host


def _spell(text: str, kept: str) -> str:
    """Return the text with one spelling: needless escapes undone, needed ones in capitals, UTF-8."""

    def undone(found: re.Match[str]) -> str:
        byte = unquote_to_bytes(found[0])
        return byte.decode("ascii") if byte in _UNRESERVED else found[0].upper()

    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(_PERCENT.sub(undone, text), safe=kept)


def _path(path: str) -> str:
    path = _spell(re.sub(r"/{2,}", "/", path), _KEPT_IN_PATH)
    # All of them at once, so that the address of the address is the address.
    bare = re.sub(r"(?:(?:/amp|\.amp)/?)+$", "", path)
    if bare and bare != path and bare.count("/") >= 1 and len(bare) > 1:
        path = bare
    path = re.sub(r"\.amp\.(html?)$", r".\1", path)
    # `/x` and `/x/` are one page wherever both answer.
    return path.rstrip("/") or "/"


def _query(query: str) -> str:
    kept = []
    for part in query.split("&"):
        name = part.partition("=")[0]
        if not part or _TRACKING.match(name) or part.lower() in _AMP_QUERY:
            continue
        kept.append(_spell(part, _KEPT_IN_QUERY))
    return "&".join(sorted(kept))
