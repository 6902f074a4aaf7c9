/** The views by name, in their order on the page; Python's `slotkit.inside.views` says which fit. */

import * as attention from "#inside/view_attention";
import * as epochs from "#inside/epochs";
import * as gates from "#inside/view_gates";
import * as influence from "#inside/view_influence";
import * as intervene from "#inside/view_intervene";
import * as match from "#inside/match";
import * as memory from "#inside/view_memory";
import * as positions from "#inside/view_positions";
import * as tags from "#inside/view_tags";
import * as word from "#inside/view_word";

export const VIEWS = {
  tags: [tags.Tags, tags],
  word: [word.Word, word],
  influence: [influence.Influence, influence],
  memory: [memory.Memory, memory],
  gates: [gates.Gates, gates],
  attention: [attention.Attention, attention],
  positions: [positions.Positions, positions],
  intervene: [intervene.Intervene, intervene],
  match: [
    ({ data, set, t }) =>
      match.Match({ match: data, t, onUnit: (name, unit) => set(match.choiceOf(name, unit)) }),
    match,
  ],
  epochs: [({ data, t }) => epochs.Epochs({ epochs: data, t }), epochs],
};
