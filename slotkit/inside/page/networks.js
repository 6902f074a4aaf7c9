/** The networks by name. */

import { trace as attention } from "#tagger/attention";
import { trace as bidirectional } from "#tagger/bidirectional";
import { trace as convolution } from "#tagger/convolution";
import { trace as elman } from "#tagger/elman";
import { trace as feedforward } from "#tagger/feedforward";
import { trace as gru } from "#tagger/gru";
import { trace as jordan } from "#tagger/jordan";
import { trace as lstm } from "#tagger/lstm";

export const NETWORKS = {
  feedforward,
  elman,
  jordan,
  bidirectional,
  lstm,
  gru,
  attention,
  convolution,
};
