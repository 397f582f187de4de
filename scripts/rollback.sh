#!/bin/bash
# Back to the version before, or to another that is there: rollback.sh [VERSION]. release.sh says how it is set up.
exec "$(dirname "$(readlink -f "$0")")/release.sh" --back "$@"
