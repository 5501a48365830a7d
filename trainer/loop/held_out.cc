#include "trainer/loop/held_out.h"

#include <c10/core/GradMode.h>

#include "trainer/loop/agreement.h"
#include "trainer/loop/mean_log.h"

namespace unimo::trainer {

Status measure_held_out(const HeldOut& held_out, std::int64_t step, TrainedModel& model, Comm& comm,
                        MetricSink& sink) {
  const c10::AutoGradMode no_gradients(false);
  MeanLog log;
  const auto ranks = static_cast<std::size_t>(comm.size());
  for (auto i = static_cast<std::size_t>(comm.rank()); i < held_out.batches.size(); i += ranks) {
    for (const NamedMean& mean : held_out.batches[i](model).means)
      log.add(step, static_cast<std::int64_t>(i), mean);
  }
  UNIMO_TRY(collect(comm, log));
  MeanWindow window;
  window.add(log);
  window.report(sink, step);
  return ok();
}

}  // namespace unimo::trainer
