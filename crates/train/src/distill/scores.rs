//! The student learns what score the teachers give each text (Hinton et al., 2015).

use burn::tensor::{Device, Tensor};
use checkpoint::base::Base;
use checkpoint::calibration::sigmoid;
use kernels::Operands;
use model::electra::{ElectraClassifier, Pass, TokenBatch};

use crate::error::TrainError;
use crate::language::Objective;
use crate::learning::loss::binary_cross_entropies;
use crate::learning::step::Figures;

/// Teaches scores.
pub struct Scores {
    teachers: Vec<ElectraClassifier>,
    operands: Operands,
}

impl Scores {
    /// Builds the teachers, which do not learn, on `device`.
    ///
    /// # Errors
    /// [`TrainError::Model`] if weights do not fit their architecture.
    pub fn new(teachers: &[Base], operands: Operands, device: &Device) -> Result<Self, TrainError> {
        let teachers = teachers
            .iter()
            .map(|teacher| Ok(ElectraClassifier::new(&teacher.config, &teacher.weights, device)?));
        Ok(Self { teachers: teachers.collect::<Result<_, TrainError>>()?, operands })
    }
}

impl Objective for Scores {
    type Model = ElectraClassifier;

    fn loss(
        &self,
        student: &ElectraClassifier,
        batch: &TokenBatch,
        pass: Pass,
    ) -> Result<(Tensor<1>, Figures), TrainError> {
        let teacher_pass = Pass { dropout_key: None, operands: self.operands };
        let mut taught = vec![0.0_f32; batch.len()];
        for teacher in &self.teachers {
            let logits = teacher.forward(batch, teacher_pass).into_data();
            let share = 1.0 / self.teachers.len() as f32;
            taught.iter_mut().zip(logits.iter::<f32>()).for_each(|(sum, x)| *sum += x * share);
        }
        let targets: Vec<f32> = taught.iter().map(|&logit| sigmoid(logit)).collect();
        let logits = student.forward(batch, pass);
        let learned = logits.clone().into_data();
        let pairs = learned.iter::<f32>().zip(&targets);
        let apart = pairs.map(|(x, target)| f64::from((sigmoid(x) - target).abs())).sum::<f64>();
        let targets = Tensor::<1>::from_floats(targets.as_slice(), &logits.device());
        let loss = binary_cross_entropies(logits, targets).mean();
        Ok((loss, vec![("scores apart", apart / batch.len() as f64)]))
    }
}
