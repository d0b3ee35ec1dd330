#!/bin/sh
# A competition judged without seeing the model, from the competitor's commitment to the verdict (README.md tells the story).
#   sh examples/competition/run.sh [FOLDER]
set -e
cd "$(dirname "$0")/../.."
OUT=${1:-runs/competition}
MODEL=examples/digits512/model.onnx
PLAN=examples/digits512/plan.json
mkdir -p "$OUT/competitor"

# 1. Before the images are known the competitor commits to a private network. The salt that hides it stays at home.
PRIVATE="--plan $PLAN --private model --model-salt $OUT/competitor/model.salt --insecure-dev"
# shellcheck disable=SC2086
DIGEST=$(npx fold commit $MODEL $PRIVATE --json | tail -1 | sed 's/.*"modelDigest":"\(0x[0-9a-f]*\)".*/\1/')
echo "announced: $DIGEST"

# 2. The images are published; the competitor proves the answers to all 32 in one proof.
# shellcheck disable=SC2086
npx fold batch $MODEL examples/competition/images.jsonl $PRIVATE --one-proof --checkpoint-every 256 --out "$OUT/competitor/run"

# 3. What is published: the proof, what it speaks of, and the members. No weights, no folded proof, nothing of private/.
mkdir -p "$OUT/published"
(cd "$OUT/competitor/run" && cp -r proof.json public.json run.json plan.json verification_key.json manifest.jsonl members ../../published/)

# 4. The judge has the images and their labels, the digest that was announced, and the verification key from whoever held the
#    set-up, never from the competitor's folder. Here the judge makes it: the key of a plan serves every network of its shapes.
mkdir -p "$OUT/judge"
SETUP="--network digits512 --plan $PLAN --insecure-dev"
# shellcheck disable=SC2086
KEY=$(npx fold setup $SETUP --json | tail -1 | sed 's/.*"path":"\([^"]*\)".*/\1/')
# shellcheck disable=SC2086
npx fold key verify "$KEY" $SETUP --out "$OUT/judge/verification_key.json"
npx tsx examples/competition/judge.ts "$OUT/published" "$OUT/judge/verification_key.json" "$DIGEST"
npx fold verify "$OUT/published" --vk "$OUT/judge/verification_key.json" --model-digest "$DIGEST" --member digit-07
