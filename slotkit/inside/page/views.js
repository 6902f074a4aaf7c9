/** The views by name, in their order on the page; Python's `slotkit.inside.views` says which fit. */

import * as attention from "#inside/view_attention";
import * as influence from "#inside/view_influence";
import * as positions from "#inside/view_positions";
import * as tags from "#inside/view_tags";
import * as word from "#inside/view_word";

export const VIEWS = {
  tags: [tags.Tags, tags],
  word: [word.Word, word],
  influence: [influence.Influence, influence],
  attention: [attention.Attention, attention],
  positions: [positions.Positions, positions],
};
