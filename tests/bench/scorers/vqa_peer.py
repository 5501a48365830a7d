#!/usr/bin/env python3
"""Times the official VQA accuracy in Python and, in the same run, vqa_bench on the same input.

    vqa_peer.py vqa_bench annotations.json[.gz] [repetitions]

Every question is answered with its multiple_choice_answer. The processing of answers is that of the
package salesforce-lavis 1.0.2 (pip install --no-deps), which holds the official code; its order of
steps is that of version 1, so the order of version 2 is written here. Prints seconds of both, how
many times faster ours is, and both accuracies.
"""
import contextlib
import copy
import gzip
import importlib.util
import json
import os
import sys
import tempfile

from peer import print_ratios, run_ours, shortest


def official_class():
    """The module alone: the package around it would load all of its models."""
    package = importlib.util.find_spec("lavis")
    if package is None:
        sys.exit("skipped: no lavis; pip install --no-deps salesforce-lavis==1.0.2")
    path = os.path.join(list(package.submodule_search_locations)[0], "common/vqa_tools/vqa_eval.py")
    spec = importlib.util.spec_from_file_location("vqa_eval", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.VQAEval


def evaluate(official, annotations, predictions):
    """Version 2: people's answers and the prediction are normalised where people disagree."""
    accuracies, question_types, answer_types = [], {}, {}

    def normalized(text):
        return official.processDigitArticle(official.processPunctuation(text))

    def trimmed(text):
        return text.replace("\n", " ").replace("\t", " ").strip()

    for entry in annotations:
        answers = entry["answers"]
        for answer in answers:
            answer["answer"] = trimmed(answer["answer"])
        prediction = trimmed(predictions[entry["question_id"]])
        if len({answer["answer"] for answer in answers}) > 1:
            for answer in answers:
                answer["answer"] = normalized(answer["answer"])
            prediction = normalized(prediction)
        of_answers = []
        for answer in answers:
            others = [other for other in answers if other != answer]
            matching = [other for other in others if other["answer"] == prediction]
            of_answers.append(min(1, float(len(matching)) / 3))
        accuracy = float(sum(of_answers)) / len(of_answers)
        accuracies.append(accuracy)
        question_types.setdefault(entry["question_type"], []).append(accuracy)
        answer_types.setdefault(entry["answer_type"], []).append(accuracy)
    official.setAccuracy(accuracies, question_types, answer_types)
    return official.accuracy


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    repetitions = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    official = official_class()()
    opened = gzip.open if sys.argv[2].endswith(".gz") else open
    with opened(sys.argv[2], "rt", encoding="utf-8") as file:
        document = json.load(file)
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as plain:
        json.dump(document, plain)
        plain.flush()
        ours, our_accuracy = run_ours([sys.argv[1], plain.name, str(repetitions)])
    annotations = document["annotations"]
    predictions = {entry["question_id"]: entry["multiple_choice_answer"] for entry in annotations}
    inputs = [copy.deepcopy(annotations) for _ in range(repetitions)]  # evaluation changes them
    with contextlib.redirect_stdout(None):
        seconds, accuracy = shortest(repetitions,
                                     lambda: evaluate(official, inputs.pop(), predictions))
    print(f"questions {len(annotations)}")
    print_ratios(ours, {"vqa": seconds})
    print(f"ours {our_accuracy}")
    of_type = " ".join(f"{name} {value}" for name, value in sorted(accuracy["perAnswerType"].items()))
    print(f"peer overall {accuracy['overall']} {of_type}")


if __name__ == "__main__":
    main()
