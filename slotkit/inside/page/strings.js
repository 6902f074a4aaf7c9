/** The words of the page around its views, in English and in Chinese. */

export const STRINGS = {
  en: {
    stop: ". ",
    sentences: "Sentences",
    text_a: "Sentence A",
    text_b: "Sentence B, to compare with",
    language: "Language",
    member: "Tagger of the ensemble",
    views: "Views",
    about:
      "Everything on this page is computed here, by the trained tagger itself. Nothing leaves the page.",
    too_long: "{count} words are more than this page takes: {limit}.",
    no_words: "Type a sentence.",
    fixed:
      "This model is too large to be carried by a page: the sentences are those that it was made with.",
    predict: "Predict first",
    predict_title: "Your prediction",
    predict_tag: "Tag",
    predict_ask: "Which tag does “{word}” get? Decide before you look.",
    predict_commit: "Show the result",
    predict_right: "You said {mine}, and so does the tagger.",
    predict_wrong: "You said {mine}; the tagger says {its}.",
    edited: "Edited: {count}. All views show the edited run.",
    save_svg: "Save “{title}” as SVG",
    save_csv: "Save “{title}” as CSV",
    wrong: "The tagger cannot run on this: {error}",
  },
  zh: {
    stop: "。",
    sentences: "句子",
    text_a: "句子 A",
    text_b: "句子 B（用来对照）",
    language: "语言",
    member: "集成中的标注器",
    views: "视图",
    about: "页面上的所有数字都由训练好的标注器在本页内算出，不向外发送任何内容。",
    too_long: "共 {count} 个词，超过了本页的上限 {limit}。",
    no_words: "请输入一个句子。",
    fixed: "模型太大，网页装不下：这里只有生成网页时给出的句子。",
    predict: "先预测",
    predict_title: "你的预测",
    predict_tag: "标签",
    predict_ask: "“{word}” 会得到哪个标签？先选，再看结果。",
    predict_commit: "显示结果",
    predict_right: "你选的是 {mine}，标注器也是。",
    predict_wrong: "你选的是 {mine}，标注器给出的是 {its}。",
    edited: "有 {count} 处改动，所有视图显示的都是改动后的运行结果。",
    save_svg: "把“{title}”存为 SVG",
    save_csv: "把“{title}”存为 CSV",
    wrong: "标注器无法处理：{error}",
    feedforward: "前馈网络：每个词单独看",
    elman: "Elman 网络：记忆保存上一步的隐藏层",
    jordan: "Jordan 网络：记忆保存上一步的输出分布",
    bidirectional: "双向网络：两个方向各一个网络，在输出层合并",
    lstm: "LSTM：由门控制写入、保留和读出的细胞",
    gru: "GRU：两个门，决定保留多少记忆、看多少记忆",
    attention: "自注意力：每个词同时询问所有的词",
    convolution: "卷积：每层只看固定的窗口",
  },
};

/**
 * Return what gives the string of a key in a language, with values put in for {names}.
 * @param {string} language
 * @param {object[]} tables one for each part of the page
 */
export function translator(language, tables) {
  const words = Object.assign({}, ...tables.map((table) => table[language] ?? table.en));
  return (key, values = {}) =>
    (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
