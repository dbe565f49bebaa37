#include "server/operation/worker_pool.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "server/base/error.h"
#include "server/base/reason.h"
#include "server/base/steady_clock.h"

namespace gitsync {
namespace {

// The shortest interval between two sweeps of the waiting work: many cancellations at
// once are answered together.
constexpr absl::Duration kSweepInterval = absl::Milliseconds(10);

// If at least this many owners have work, at least this many have workers.
constexpr int kLeastOwnersAtOnce = 4;

absl::Status Busy(absl::string_view whose) {
  return Error(absl::StatusCode::kResourceExhausted, reason::kServerBusy,
               absl::StrCat("Too much work ", whose,
                            "is waiting for git remotes; repeat the request later."))
      .RetryAfter(absl::Seconds(5));
}

// Lets a cancellation wake the sweeper. Its callback runs under the cancellation's own
// lock, so it takes no lock under which that one is taken.
class Alarm {
 public:
  // `look`: whether contexts may have ended.
  void Ring(bool look = true) {
    absl::MutexLock lock(&mutex_);
    rung_ = true;
    look_ = look_ || look;
    changed_.SignalAll();
  }

  // Whether contexts may have ended.
  bool WaitUntil(absl::Time time) {
    absl::MutexLock lock(&mutex_);
    while (!rung_) {
      if (changed_.WaitWithTimeout(&mutex_, time - SteadyNow())) break;
    }
    rung_ = false;
    return std::exchange(look_, false) || SteadyNow() >= time;
  }

 private:
  absl::Mutex mutex_;
  absl::CondVar changed_;
  bool rung_ ABSL_GUARDED_BY(mutex_) = false;
  bool look_ ABSL_GUARDED_BY(mutex_) = false;
};

struct Item {
  Context context;
  WorkerPool::Work work;
  WorkerPool::Joint joint;
  bool end_told = false;
  // Destroyed before the context that it is registered with.
  Cancellation::Registration on_cancel;
};

// A call to make without holding the lock.
struct Notice {
  std::function<void(absl::Status)> tell;
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

  void Submit(const Lane& lane, const Context& context, Work work, Joint joint) {
    auto item = std::make_shared<Item>();
    item->context = context;
    item->work = std::move(work);
    item->joint = std::move(joint);
    item->on_cancel =
        context.cancellation->OnCancel([alarm = alarm_] { alarm->Ring(); });

    absl::MutexLock lock(&mutex_);
    const absl::Status refusal = Refusal(lane.owner);
    if (!refusal.ok()) {
      notices_.push_back({std::move(item->work), refusal});
      alarm_->Ring(/*look=*/false);
      return;
    }
    Owner& owner = owners_[lane.owner];
    Queue& queue = owner.lanes[lane.name];
    queue.waiting.push_back(std::move(item));
    ++owner.waiting;
    ++waiting_;
    if (queue.in_hand.empty() && queue.waiting.size() == 1) {
      owner.ready.push_back(lane.name);
    }
    MakeReady(lane.owner, owner);
    // The context may have been cancelled before the sweeper could see the item.
    if (context.deadline < next_sweep_ || context.cancellation->IsCancelled()) {
      alarm_->Ring();
    }
  }

  std::vector<std::shared_ptr<void>> TakeAlong(const Lane& lane,
                                               const JointLimits& limits) {
    std::vector<std::shared_ptr<void>> payloads;
    absl::MutexLock lock(&mutex_);
    if (shutting_down_) return payloads;
    Owner& owner = owners_.at(lane.owner);
    Queue& queue = owner.lanes.at(lane.name);
    std::set<std::string> keys = {queue.in_hand.front()->joint.key};
    int64_t weight = queue.in_hand.front()->joint.weight;
    while (!queue.waiting.empty() && queue.in_hand.size() < limits.count) {
      const std::shared_ptr<Item>& next = queue.waiting.front();
      weight += next->joint.weight;
      if (next->joint.payload == nullptr || weight > limits.weight ||
          !next->context.Check().ok() || !keys.insert(next->joint.key).second) {
        break;
      }
      payloads.push_back(next->joint.payload);
      TakeInHand(owner, queue);
    }
    return payloads;
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
      for (const auto& [name, owner] : owners_) {
        for (const auto& [lane, queue] : owner.lanes) {
          for (const std::shared_ptr<Item>& item : queue.in_hand) {
            in_hand.push_back(item->context.cancellation);
          }
        }
      }
    }
    for (const auto& cancellation : in_hand) cancellation->Cancel();
    absl::MutexLock lock(&mutex_);
    while (!Quiet()) quiet_.Wait(&mutex_);
  }

  Load load() {
    absl::MutexLock lock(&mutex_);
    return {waiting_, in_hand_};
  }

 private:
  // The work of a lane.
  struct Queue {
    std::deque<std::shared_ptr<Item>> waiting;
    // What one worker is running: one item, or a batch.
    std::vector<std::shared_ptr<Item>> in_hand;
  };
  struct Owner {
    std::map<std::string, Queue> lanes;
    std::deque<std::string> ready;  // lanes with waiting work and none running
    bool is_ready = false;          // whether it is in ready_
    int waiting = 0;
    int workers = 0;
  };

  absl::Status Refusal(const std::string& owner) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (shutting_down_) return ShuttingDown();
    if (waiting_ >= options_.queue_limit) return Busy("");
    const auto known = owners_.find(owner);
    const bool full =
        known != owners_.end() && known->second.waiting >= options_.owner_queue_limit;
    return full ? Busy("of this organization ") : absl::OkStatus();
  }

  bool Quiet() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return waiting_ == 0 && in_hand_ == 0 && notices_.empty() && telling_ == 0;
  }

  // Puts an owner behind the others, if a worker could do something for it. A single
  // owner does not get all workers: its remotes may be slow.
  void MakeReady(const std::string& name, Owner& owner)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const int most = std::max(1, options_.threads / kLeastOwnersAtOnce);
    if (owner.is_ready || owner.ready.empty() || owner.workers >= most) return;
    owner.is_ready = true;
    ready_.push_back(name);
    work_.Signal();
    if (ready_.size() > idle_ && !ended_ &&
        threads_.size() < static_cast<size_t>(options_.threads)) {
      threads_.emplace_back([this] { Run(); });
    }
  }

  void TakeInHand(Owner& owner, Queue& queue) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    queue.in_hand.push_back(std::move(queue.waiting.front()));
    queue.waiting.pop_front();
    --owner.waiting;
    --waiting_;
    ++in_hand_;
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
      Owner& owner = owners_.at(name);
      owner.is_ready = false;
      ++owner.workers;
      const std::string lane = std::move(owner.ready.front());
      owner.ready.pop_front();
      MakeReady(name, owner);
      Queue& queue = owner.lanes.at(lane);
      TakeInHand(owner, queue);
      Item* const item = queue.in_hand.front().get();
      const bool refuse = shutting_down_;

      mutex_.Unlock();
      item->work(refuse ? ShuttingDown() : item->context.Check());
      mutex_.Lock();

      std::vector<std::shared_ptr<Item>> done = FinishTurn(name, lane);
      const auto count = static_cast<int>(done.size());
      // The items' contents belong to the caller, and destroying them may take time.
      mutex_.Unlock();
      done.clear();
      mutex_.Lock();
      in_hand_ -= count;
      quiet_.SignalAll();
    }
  }

  // Puts the lane behind the owner's other ready lanes. Returns the items that were
  // running.
  std::vector<std::shared_ptr<Item>> FinishTurn(const std::string& name,
                                                const std::string& lane)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Owner& owner = owners_.at(name);
    --owner.workers;
    Queue& queue = owner.lanes.at(lane);
    std::vector<std::shared_ptr<Item>> done = std::exchange(queue.in_hand, {});
    if (queue.waiting.empty()) {
      owner.lanes.erase(lane);
    } else {
      owner.ready.push_back(lane);
    }
    MakeReady(name, owner);
    if (owner.lanes.empty()) owners_.erase(name);
    return done;
  }

  // Answers waiting work that will not be done, and reports running work whose context
  // has ended.
  void Sweep() {
    absl::Time last;
    while (true) {
      absl::Time next;
      {
        absl::MutexLock lock(&mutex_);
        if (ended_) return;
        next = next_sweep_;
      }
      const bool look = alarm_->WaitUntil(next);
      absl::SleepFor(last + kSweepInterval - SteadyNow());
      last = SteadyNow();

      std::vector<Notice> notices;
      {
        absl::MutexLock lock(&mutex_);
        if (look) Collect();
        notices.swap(notices_);
        telling_ = static_cast<int>(notices.size());
      }
      for (Notice& notice : notices) {
        notice.tell(notice.status);
        notice.tell = nullptr;
      }
      absl::MutexLock lock(&mutex_);
      telling_ = 0;
      quiet_.SignalAll();
    }
  }

  void Collect() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    next_sweep_ = absl::InfiniteFuture();
    for (auto it = owners_.begin(); it != owners_.end();) {
      Owner& owner = it->second;
      for (auto lane = owner.lanes.begin(); lane != owner.lanes.end();) {
        CollectFrom(owner, lane->second);
        if (lane->second.waiting.empty() && lane->second.in_hand.empty()) {
          owner.ready.erase(
              std::remove(owner.ready.begin(), owner.ready.end(), lane->first),
              owner.ready.end());
          lane = owner.lanes.erase(lane);
        } else {
          ++lane;
        }
      }
      if (owner.is_ready && owner.ready.empty()) {
        owner.is_ready = false;
        ready_.erase(std::find(ready_.begin(), ready_.end(), it->first));
      }
      it = owner.lanes.empty() ? owners_.erase(it) : std::next(it);
    }
  }

  void CollectFrom(Owner& owner, Queue& queue) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::deque<std::shared_ptr<Item>> staying;
    for (std::shared_ptr<Item>& item : queue.waiting) {
      const absl::Status status =
          shutting_down_ ? ShuttingDown() : item->context.Check();
      if (status.ok()) {
        next_sweep_ = std::min(next_sweep_, item->context.deadline);
        staying.push_back(std::move(item));
      } else {
        notices_.push_back({std::move(item->work), status});
        --owner.waiting;
        --waiting_;
      }
    }
    queue.waiting = std::move(staying);
    for (const std::shared_ptr<Item>& item : queue.in_hand) {
      if (item->joint.on_end == nullptr || item->end_told) continue;
      const absl::Status status = item->context.Check();
      if (status.ok()) {
        next_sweep_ = std::min(next_sweep_, item->context.deadline);
      } else {
        item->end_told = true;
        notices_.push_back({item->joint.on_end, status});
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
  int in_hand_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  int telling_ ABSL_GUARDED_BY(mutex_) = 0;
  // The first deadline of the items that the sweeper looks after.
  absl::Time next_sweep_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  std::map<std::string, Owner> owners_ ABSL_GUARDED_BY(mutex_);
  // Owners for whom a worker could do something. The first one has the next turn.
  std::deque<std::string> ready_ ABSL_GUARDED_BY(mutex_);
  std::vector<Notice> notices_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::thread sweeper_;
};

WorkerPool::WorkerPool(const Options& options)
    : impl_(std::make_unique<Impl>(options)) {}

WorkerPool::~WorkerPool() = default;

void WorkerPool::Submit(const Lane& lane, const Context& context, Work work) {
  impl_->Submit(lane, context, std::move(work), Joint());
}

void WorkerPool::SubmitJoint(const Lane& lane, const Context& context, Work work,
                             Joint joint) {
  impl_->Submit(lane, context, std::move(work), std::move(joint));
}

std::vector<std::shared_ptr<void>> WorkerPool::TakeAlong(const Lane& lane,
                                                         const JointLimits& limits) {
  return impl_->TakeAlong(lane, limits);
}

void WorkerPool::Shutdown(absl::Time deadline) { impl_->Shutdown(deadline); }

WorkerPool::Load WorkerPool::load() const { return impl_->load(); }

}  // namespace gitsync
