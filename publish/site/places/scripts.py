"""What runs on a server behind SSH: short POSIX scripts that need no more than coreutils, find, tar.

`$1` is the site's folder there. Lists come on standard input, one a line, columns by tab: no path of
ours holds a tab or a line's end.
"""

from __future__ import annotations

HEAD = "set -eu\numask 022\nexport LC_ALL=C\ntab=$(printf '\\t')\n"

# Names of what we make, as the shell matches them: `release.IDENTITY`, and containers being opened.
HEX12, HEX16 = "[0-9a-f]" * 12, "[0-9a-f]" * 16
DATED = f"{'[0-9]' * 8}T{'[0-9]' * 6}-{HEX12}"
TRIED = f"rehearsal-{HEX12}"

ODD = "odd"  # before the path of what is neither folder nor plain file

# A hash of every file below; links and the like are named, and nobody follows them.
HASHED = f"""find . -type f -exec sha256sum {{}} +
find . ! -type f ! -type d -exec sh -c 'for p; do echo "{ODD}  $p"; done' sh {{}} +
"""

# Tools it has, what is shown, and a hash of each record.
STANDING = (
    HEAD
    + """
for t in sha256sum tar touch readlink find mv ln; do
  command -v $t >/dev/null || echo "lacks$tab$t"
done
for t in rsync openssl; do
  command -v $t >/dev/null && echo "has$tab$t"
done
cd "$1" 2>/dev/null || exit 0
if [ -L current ]; then echo "current$tab$(readlink current)"
elif [ -e current ]; then echo "folder${tab}current"; fi
for r in releases/[0-9]*.json; do
  case "$r" in releases/DATED.json) ;; *) continue;; esac
  [ -f "$r" ] && [ -d "${r%.json}" ] && echo "record$tab$(sha256sum "$r")"
done
for f in releases/* releases/.[!.]*; do
  [ -e "$f" ] || [ -L "$f" ] || continue
  case "${f#releases/}" in
  DATED|DATED.json|TRIED|TRIED.json|.DATED.*|.TRIED.*|.HEX16.sealed.open) ;;
  *) echo "strange$tab$f";;
  esac
done
exit 0
""".replace("DATED", DATED)
    .replace("TRIED", TRIED)
    .replace("HEX16", HEX16)
)

RECORD = HEAD + 'cat "$1/releases/$2.json"\n'

# Make the folder of a release that is being placed; tell the hash of every file already in it.
BEGIN = (
    HEAD
    + """
mkdir -p "$1/releases"; cd "$1/releases"
if [ -d "$2" ] && [ ! -e ".$2.part" ]; then mv "$2" ".$2.part"; fi
mkdir -p ".$2.part"
df -Pk . | tail -n 1 | awk '{print "free\\t" $4}'
cd ".$2.part"
"""
    + HASHED
)

HASHES = HEAD + 'cd "$1/releases/$2"\n' + HASHED

REMOVE = HEAD + 'cd "$1/releases/.$2.part"\nwhile IFS= read -r p; do rm -f "./$p"; done\n'

# Lines: `ln` or `cp -p`, release, path. The same bytes should lie there; linked where their time is the
# same too. What is damaged or gone is found by the hashes afterwards.
LINK = (
    HEAD
    + """
cd "$1/releases/.$2.part"
while IFS="$tab" read -r how old p; do
  case "$p" in */*) [ -d "./${p%/*}" ] || mkdir -p "./${p%/*}";; esac
  rm -f "./$p"
  [ -f "../$old/$p" ] || continue
  { [ "$how" = ln ] && ln "../$old/$p" "./$p" 2>/dev/null; } || cp -p "../$old/$p" "./$p"
done
"""
)

UNTAR = HEAD + 'cd "$1/releases/.$2.part"\nexec tar -xf - -m --no-same-owner\n'

# Lines: time, path. Then the hash of every file.
TIMES = (
    HEAD
    + """
cd "$1/releases/.$2.part"
while IFS="$tab" read -r t p; do touch -d "@$t" "./$p"; chmod 644 "./$p"; done
find . -type d -exec chmod 755 {} +
"""
    + HASHED
)

# Whole and checked: name it, then write its record (on standard input), last. `$3`: how to wait for the disk.
DONE = (
    HEAD
    + """
cd "$1/releases"
cat > ".$2.json.part"
$3
mv ".$2.part" "$2"
mv ".$2.json.part" "$2.json"
"""
)

SHOW = (
    HEAD
    + """
cd "$1"
[ -d "releases/$2" ]
if [ -e current ] && [ ! -L current ]; then echo folder >&2; exit 3; fi
now=$(readlink current || true)
[ "${now##*/}" = "$3" ] || { echo crossed; exit 0; }
rm -f .current.new
ln -s "releases/$2" .current.new
mv -T .current.new current
"""
)

DROP = (
    HEAD
    + """
cd "$1/releases" 2>/dev/null || exit 0
shown=$(readlink ../current || true)
while IFS= read -r id; do
  case "$id" in DATED|TRIED) [ "$shown" = "releases/$id" ] || rm -f "$id.json";; esac
done
for d in DATED .DATED.part; do
  [ -d "$d" ] || continue
  [ -e "$d.json" ] || [ "$shown" = "releases/$d" ] || rm -rf "$d"
done
[ ! -L ../.current.new ] || rm -f ../.current.new
rm -f .DATED.json.part .TRIED.json.part TRIED.json
rm -rf TRIED .TRIED.part .HEX16.sealed.open
""".replace("DATED", DATED)
    .replace("TRIED", TRIED)
    .replace("HEX16", HEX16)
)

CLOCK = "date +%s.%N\n"

LAY = (
    HEAD
    + """
mkdir -p "$1/sealed"; chmod 700 "$1/sealed"; cd "$1/sealed"
umask 077
cat > ".$2.part"
sync
mv ".$2.part" "$2"
"""
)

LAID = HEAD + 'cd "$1/sealed" 2>/dev/null || exit 0\n[ -f "$2" ] && sha256sum "$2"\nexit 0\n'

UNLAY = HEAD + 'rm -f "$1/sealed/$2"\n'

# The key comes on standard input, on two lines; the container is what was laid, by its hash. What comes
# out becomes the folder of the release that its record names.
POUR = (
    HEAD
    + r"""
IFS= read -r k; IFS= read -r v
r="$1/releases/.$2.open"; rm -rf "$r"; mkdir -p "$r"
c="$1/sealed/$2"
n=$(wc -c < "$c")
[ "$(sha256sum < "$c")" = "$3  -" ]
tail -c +17 "$c" | head -c $((n - 48)) |
  openssl enc -d -aes-256-ctr -K "$k" -iv "$v" | tar -xf - -C "$r" --no-same-owner
cat "$r/.weike-release.json"
id=$(sed -n 's/^{"format":1,"id":"\([0-9a-zT-]*\)".*/\1/p' "$r/.weike-release.json")
[ -n "$id" ]
rm "$r/.weike-release.json"
rm -rf "$1/releases/.$id.part"
mv "$r" "$1/releases/.$id.part"
"""
)
