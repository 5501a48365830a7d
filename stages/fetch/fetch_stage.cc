#include <algorithm>
#include <map>
#include <optional>

#include "orchestrator/stage/stage.h"
#include "stages/fetch/fetch.h"
#include "stages/fetch/fetcher.h"
#include "stages/fetch/journal.h"
#include "stages/fetch/mirror.h"
#include "stages/fetch/outcomes.h"
#include "stages/fetch/row_plan.h"
#include "stages/fetch/statuses.h"
#include "stages/fetch/url_lists.h"

namespace unimo::stages {

namespace {

constexpr std::int64_t kProgressRows = 200;

// Rows without any answer, one after the other, that mean that the network is away. Lists of old
// addresses have one dead host in ten, not a thousand in a row.
constexpr std::int64_t kSilentRows = 1000;

// The error for too many rows without a picture, with the most frequent reasons.
tl::unexpected<Error> too_many_bad(const std::map<std::string, std::int64_t>& counts,
                                   std::int64_t rows, double max_bad_share) {
  std::vector<std::pair<std::int64_t, std::string>> reasons;
  std::int64_t bad = 0;
  for (const auto& [status, count] : counts) {
    if (status == "ok") continue;
    bad += count;
    reasons.emplace_back(count, status);
  }
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(reasons.size(), 4); ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", reasons[i].second, reasons[i].first);
  return fail(ErrorCode::kInvalid,
              "{} of {} rows give no picture ({}), more than max_bad_share {}; what may pass is "
              "tried again by another run, or allow more",
              bad, rows, text, max_bad_share);
}

// Takes what the fetcher has, keeps it, and looks whether it is worth going on.
class Keeper {
 public:
  Keeper(StageContext& context, const FetchImages& params, const RowPlan& plan, Journal& journal)
      : context_(context), params_(params), plan_(plan), journal_(journal), counts_(plan.bad()) {
    for (const auto& [status, rows] : plan.bad()) bad_ += rows;
  }

  // Rows that an earlier attempt fetched.
  Status count_kept() {
    return journal_.visit([&](const JournalEntry& entry) {
      count(entry.status);
      return ok();
    });
  }

  Status keep(const FetchedRow& fetched) {
    const CheckedPicture& picture = fetched.picture;
    UNIMO_TRY(journal_.add({.row = fetched.row,
                            .status = picture.status,
                            .tries = fetched.tries,
                            .sha256 = picture.sha256,
                            .ending = picture.ending,
                            .width = picture.width,
                            .height = picture.height},
                           picture.bytes));
    count(picture.status);
    if (done_ % kProgressRows == 0) report();
    silent_ = is_silence(picture.status) ? silent_ + 1 : 0;
    if (silent_ >= kSilentRows) {
      UNIMO_TRY(journal_.forget(is_silence));
      return fail(ErrorCode::kIo,
                  "no host answered for the last {} addresses: is the network there?", silent_);
    }
    if (static_cast<double>(bad_) > params_.max_bad_share * static_cast<double>(plan_.rows())) {
      UNIMO_TRY(journal_.forget(is_passing));
      return too_many_bad(counts_, plan_.rows(), params_.max_bad_share);
    }
    return ok();
  }

  void report() { context_.events().progress(done_, plan_.addresses(), "addresses"); }

 private:
  void count(const std::string& status) {
    ++counts_[status];
    ++done_;
    if (status != "ok") ++bad_;
  }

  StageContext& context_;
  const FetchImages& params_;
  const RowPlan& plan_;
  Journal& journal_;
  std::map<std::string, std::int64_t> counts_;  // repeats not counted
  std::int64_t done_ = 0, bad_ = 0, silent_ = 0;
};

Status fetch_rest(StageContext& context, const FetchImages& params, const RowPlan& plan,
                  Journal& journal) {
  Keeper keeper(context, params, plan, journal);
  UNIMO_TRY(keeper.count_kept());
  keeper.report();
  Fetcher fetcher(
      {.params = params, .seed = context.seed(), .threads = context.job().resources.cores},
      [&](const FetchedRow& fetched) { return keeper.keep(fetched); });
  const auto ask = [&](PlannedRow& planned) -> Status {
    if (!planned.address || plan.repeats(planned.row) || journal.has(planned.row)) return ok();
    return fetcher.add(planned.row, std::move(*planned.address));
  };
  Status status = plan.visit(ask);
  if (status) status = fetcher.finish();
  // Whatever happened, what came is safe before anybody hears of it.
  UNIMO_TRY(journal.sync());
  UNIMO_TRY(status);
  keeper.report();
  return ok();
}

void report_counts(EventWriter& events, const RowPlan& plan, const Outcomes& outcomes) {
  events.count("rows", plan.rows());
  events.count("addresses", plan.addresses());
  for (const auto& [status, count] : outcomes.counts()) events.count("outcomes." + status, count);
}

}  // namespace

Status run_fetch_images(StageContext& context) {
  auto params = UNIMO_TRY(context.params<FetchImages>());
  std::optional<Mirror> mirror;
  if (context.has_input("mirror")) {
    const auto folder = UNIMO_TRY(context.input("mirror"));
    mirror = UNIMO_TRY(Mirror::serve(folder));
    params = mirror->redirected(std::move(params));
  }
  const UrlLists lists = UNIMO_TRY(UrlLists::find(
      context.inputs("lists"),
      {.format = params.format, .column = params.column, .max_rows = params.max_rows}));
  const auto resume = UNIMO_TRY(context.resume_directory());
  RowPlan plan = UNIMO_TRY(RowPlan::make(lists, params.rewrites, resume));
  if (plan.rows() == 0) return fail(ErrorCode::kInvalid, "input lists: the lists have no rows");
  Journal journal = UNIMO_TRY(Journal::open(resume));
  UNIMO_TRY(fetch_rest(context, params, plan, journal));

  Outcomes outcomes = UNIMO_TRY(Outcomes::gather(plan, journal, params.placeholder_limit, resume));
  report_counts(context.events(), plan, outcomes);
  if (outcomes.bad_share() > params.max_bad_share) {
    UNIMO_TRY(journal.forget(is_passing));
    return too_many_bad(outcomes.counts(), plan.rows(), params.max_bad_share);
  }
  UNIMO_TRY(outcomes.write(plan, journal, context.output(), [&](std::int64_t rows) -> Status {
    if (StageContext::stop_requested())
      return fail(ErrorCode::kCancelled, "stopped while the pictures were put together");
    context.events().progress(rows, plan.rows(), "rows");
    return ok();
  }));
  context.events().count("pictures", outcomes.pictures());
  context.events().count("bytes", outcomes.bytes());
  return ok();
}

}  // namespace unimo::stages
