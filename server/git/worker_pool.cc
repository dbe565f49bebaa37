#include "server/git/worker_pool.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/reason.h"

namespace gitsync {
namespace {

// How often waiting work is looked through, at most: many cancellations at once are
// answered together.
constexpr absl::Duration kSweepInterval = absl::Milliseconds(10);

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, reason::kShuttingDown,
               "The server is shutting down; repeat the request in a moment.")
      .RetryAfter(absl::Seconds(1));
}

absl::Status Busy() {
  return Error(absl::StatusCode::kResourceExhausted, reason::kServerBusy,
               "Too much work is waiting for git remotes; repeat the request later.")
      .RetryAfter(absl::Seconds(5));
}

// Lets a cancellation wake the sweeper. Its callback runs under the cancellation's own
// lock, so it takes no lock under which that one is taken.
class Alarm {
 public:
  void Ring() {
    absl::MutexLock lock(&mutex_);
    rung_ = true;
    changed_.SignalAll();
  }

  void WaitUntil(absl::Time time) {
    absl::MutexLock lock(&mutex_);
    while (!rung_) {
      if (changed_.WaitWithDeadline(&mutex_, time)) break;
    }
    rung_ = false;
  }

 private:
  absl::Mutex mutex_;
  absl::CondVar changed_;
  bool rung_ ABSL_GUARDED_BY(mutex_) = false;
};

struct Item {
  Context context;
  WorkerPool::Work work;
  // Goes before the context that it is registered with.
  Cancellation::Registration on_cancel;
};

struct Refused {
  std::shared_ptr<Item> item;
  absl::Status status;
};

}  // namespace

class WorkerPool::Impl {
 public:
  explicit Impl(const Options& options) : options_(options) {
    sweeper_ = std::thread([this] { Sweep(); });
  }

  ~Impl() {
    Shutdown(absl::InfiniteFuture());
    std::vector<std::thread> threads;
    {
      absl::MutexLock lock(&mutex_);
      ended_ = true;
      work_.SignalAll();
      threads.swap(threads_);
    }
    alarm_->Ring();
    for (std::thread& thread : threads) thread.join();
    sweeper_.join();
  }

  void Submit(const std::string& lane, const Context& context, Work work) {
    auto item = std::make_shared<Item>();
    item->context = context;
    item->work = std::move(work);
    item->on_cancel =
        context.cancellation->OnCancel([alarm = alarm_] { alarm->Ring(); });

    absl::MutexLock lock(&mutex_);
    absl::Status refusal;
    if (shutting_down_) {
      refusal = ShuttingDown();
    } else if (waiting_ >= options_.queue_limit ||
               LaneLength(lane) >= options_.lane_queue_limit) {
      refusal = Busy();
    }
    if (!refusal.ok()) {
      refused_.push_back({std::move(item), refusal});
      alarm_->Ring();
      return;
    }
    Lane& queue = lanes_[lane];
    queue.items.push_back(std::move(item));
    ++waiting_;
    if (!queue.running && queue.items.size() == 1) ready_.push_back(lane);
    if (ready_.size() > idle_ &&
        threads_.size() < static_cast<size_t>(options_.threads)) {
      threads_.emplace_back([this] { Run(); });
    }
    work_.Signal();
    // It may have been cancelled before the sweeper could see it.
    if (context.deadline < next_sweep_ || context.cancellation->IsCancelled()) {
      alarm_->Ring();
    }
  }

  void Shutdown(absl::Time deadline) {
    {
      absl::MutexLock lock(&mutex_);
      shutting_down_ = true;
    }
    alarm_->Ring();
    std::vector<std::shared_ptr<Cancellation>> in_hand;
    {
      absl::MutexLock lock(&mutex_);
      while (!Quiet()) {
        if (quiet_.WaitWithDeadline(&mutex_, deadline)) break;
      }
      for (const auto& [item, lane] : running_) {
        in_hand.push_back(item->context.cancellation);
      }
    }
    for (const auto& cancellation : in_hand) cancellation->Cancel();
    absl::MutexLock lock(&mutex_);
    while (!Quiet()) quiet_.Wait(&mutex_);
  }

  Load load() {
    absl::MutexLock lock(&mutex_);
    return {waiting_, static_cast<int>(running_.size())};
  }

 private:
  struct Lane {
    std::deque<std::shared_ptr<Item>> items;
    bool running = false;
  };

  int LaneLength(const std::string& name) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto lane = lanes_.find(name);
    return lane == lanes_.end() ? 0 : static_cast<int>(lane->second.items.size());
  }

  bool Quiet() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return waiting_ == 0 && running_.empty() && refused_.empty() && answering_ == 0;
  }

  // A worker.
  void Run() {
    absl::MutexLock lock(&mutex_);
    while (true) {
      ++idle_;
      while (!ended_ && ready_.empty()) work_.Wait(&mutex_);
      --idle_;
      if (ready_.empty()) return;
      const std::string name = std::move(ready_.front());
      ready_.pop_front();
      Lane& lane = lanes_[name];
      std::shared_ptr<Item> item = std::move(lane.items.front());
      lane.items.pop_front();
      lane.running = true;
      --waiting_;
      running_[item] = name;
      const bool refuse = shutting_down_;

      mutex_.Unlock();
      item->work(refuse ? ShuttingDown() : item->context.Check());
      item->work = nullptr;
      mutex_.Lock();

      running_.erase(item);
      FinishTurn(name);
      quiet_.SignalAll();
      // What the item holds is not ours, and may take its time to go.
      mutex_.Unlock();
      item.reset();
      mutex_.Lock();
    }
  }

  // Puts the lane behind the others that are ready.
  void FinishTurn(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto lane = lanes_.find(name);
    lane->second.running = false;
    if (lane->second.items.empty()) {
      lanes_.erase(lane);
    } else {
      ready_.push_back(name);
      work_.Signal();
    }
  }

  // Answers waiting work that will not be done.
  void Sweep() {
    absl::Time last;
    while (true) {
      absl::Time next;
      {
        absl::MutexLock lock(&mutex_);
        if (ended_) return;
        next = next_sweep_;
      }
      alarm_->WaitUntil(next);
      absl::SleepFor(last + kSweepInterval - absl::Now());
      last = absl::Now();

      std::vector<Refused> refused;
      {
        absl::MutexLock lock(&mutex_);
        CollectRefused();
        refused.swap(refused_);
        answering_ = static_cast<int>(refused.size());
      }
      for (Refused& refusal : refused) {
        refusal.item->work(refusal.status);
        refusal.item.reset();
      }
      absl::MutexLock lock(&mutex_);
      answering_ = 0;
      quiet_.SignalAll();
    }
  }

  void CollectRefused() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    next_sweep_ = absl::InfiniteFuture();
    for (auto lane = lanes_.begin(); lane != lanes_.end();) {
      std::deque<std::shared_ptr<Item>> staying;
      for (std::shared_ptr<Item>& item : lane->second.items) {
        const absl::Status status =
            shutting_down_ ? ShuttingDown() : item->context.Check();
        if (status.ok()) {
          next_sweep_ = std::min(next_sweep_, item->context.deadline);
          staying.push_back(std::move(item));
        } else {
          refused_.push_back({std::move(item), status});
          --waiting_;
        }
      }
      lane->second.items = std::move(staying);
      if (lane->second.items.empty() && !lane->second.running) {
        ready_.erase(std::remove(ready_.begin(), ready_.end(), lane->first),
                     ready_.end());
        lane = lanes_.erase(lane);
      } else {
        ++lane;
      }
    }
  }

  const Options options_;
  const std::shared_ptr<Alarm> alarm_ = std::make_shared<Alarm>();
  absl::Mutex mutex_;
  absl::CondVar work_;
  absl::CondVar quiet_;
  bool shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  int answering_ ABSL_GUARDED_BY(mutex_) = 0;
  // When the first deadline of waiting work passes.
  absl::Time next_sweep_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  std::map<std::string, Lane> lanes_ ABSL_GUARDED_BY(mutex_);
  // Lanes with waiting work and none in hand; the next turn is the first one's.
  std::deque<std::string> ready_ ABSL_GUARDED_BY(mutex_);
  std::map<std::shared_ptr<Item>, std::string> running_ ABSL_GUARDED_BY(mutex_);
  std::vector<Refused> refused_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::thread sweeper_;
};

WorkerPool::WorkerPool(const Options& options)
    : impl_(std::make_unique<Impl>(options)) {}

WorkerPool::~WorkerPool() = default;

void WorkerPool::Submit(const std::string& lane, const Context& context, Work work) {
  impl_->Submit(lane, context, std::move(work));
}

void WorkerPool::Shutdown(absl::Time deadline) { impl_->Shutdown(deadline); }

WorkerPool::Load WorkerPool::load() const { return impl_->load(); }

}  // namespace gitsync
