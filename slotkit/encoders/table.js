/** Words to vectors: the encoders by name, and their sums; the twin of table.py. */

import { Hashing } from "#encoder/hashing";
import { Lists } from "#encoder/lists";
import { Shape } from "#encoder/shape";
import { Vectors } from "#encoder/vectors";
import { OneOfN, Other } from "#encoder/words";

const ENCODERS = {
  "one-of-n": OneOfN,
  other: Other,
  hashing: Hashing,
  shape: Shape,
  vectors: Vectors,
  lists: Lists,
};

/** Several encoders side by side: their vectors, and dense numbers, one after the other. */
class Sum {
  constructor(parts) {
    this.parts = parts;
    const total = (size) => parts.reduce((sum, part) => sum + part[size], 0);
    this.dimensions = total("dimensions");
    this.featureSize = total("featureSize");
    this.contextSize = total("contextSize");
  }

  active(word) {
    let first = 0;
    return this.parts.flatMap((part) => {
      const own = part.active(word).map((dimension) => first + dimension);
      first += part.dimensions;
      return own;
    });
  }

  describe(dimension) {
    for (const part of this.parts) {
      if (dimension < part.dimensions) return part.describe(dimension);
      dimension -= part.dimensions;
    }
    throw new RangeError(`dimension must be < ${this.dimensions}`);
  }

  features(word) {
    const parts = this.parts.filter((part) => part.featureSize);
    return Float32Array.from(parts.flatMap((part) => [...part.features(word)]));
  }

  context(words) {
    const rows = this.parts.filter((part) => part.contextSize).map((part) => part.context(words));
    return words.map((_, t) => Float32Array.from(rows.flatMap((some) => [...some[t]])));
  }
}

/**
 * Build an encoder from what Python's `to_config` gave, and its arrays.
 * @param {object} config
 * @param {object} [arrays] each {shape, data}, of `vectors`
 */
export function encoderFromConfig(config, arrays = {}) {
  if (config.name === "sum") {
    return new Sum(config.parts.map((part) => encoderFromConfig(part, arrays)));
  }
  return new ENCODERS[config.name](config, arrays);
}
